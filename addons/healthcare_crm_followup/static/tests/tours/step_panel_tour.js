import {registry} from "@web/core/registry";
import {cardNamed, openWorkflow} from "./canvas_helpers";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const PANEL = ".o_hcw_form_panel";
const SAVED = `${PANEL} .o_hcw_panel_status[data-status=saved]`;
const open = (name) => [
    {trigger: `${cardNamed(name)} .o_hcw_name`, run: "click"},
    {trigger: `${PANEL} div[name=name] input:value(${name})`},
];

registry.category("web_tour.tours").add("healthcare_step_panel", {
    steps: () => [
        ...openWorkflow("Edited in panels"),
        // the words of a message, in one of the patients' languages
        ...open("E-mail"),
        {trigger: `${PANEL} .o_hc_words_langs [data-lang=zh_TW]`, run: "click"},
        {
            trigger: `${PANEL} .o_hc_words_body[lang=zh-TW]`,
            run: "edit {patient_name} 您好，明天見",
        },
        {trigger: `${PANEL} .o_hc_words_sample:contains(您好，明天見)`},
        screenshot("step-panel-1-words", `${PANEL} .o_hc_words`),
        // a task's own outcome, and where it leads
        ...open("Call"),
        {trigger: `${PANEL} .o_hcw_arrows .o_field_x2many_list_row_add a`, run: "click"},
        {trigger: `${PANEL} .o_selected_row [name=outcome] input`, run: "click"},
        {trigger: ".o_select_menu_item:contains(An outcome of your own)", run: "click"},
        {trigger: `${PANEL} .o_selected_row [name=name] input`, run: "edit Asked to come"},
        {trigger: `${PANEL} div[name=name] input:first`, run: "edit Call them"},
        {trigger: cardNamed("Call them")},
        {trigger: `${cardNamed("Call them")}:contains(Asked to come)`},
        {trigger: SAVED},
        screenshot("step-panel-2-outcome", `${PANEL} .o_hcw_arrows`),
        // leaving saves what is there
        {trigger: `${PANEL} .btn-close`, run: "click"},
        {trigger: `.o_hcw_builder:not(:has(${PANEL}))`},
    ],
});
