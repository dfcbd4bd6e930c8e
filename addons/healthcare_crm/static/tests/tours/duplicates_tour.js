import {registry} from "@web/core/registry";
import {screenshot} from "./helpers";

const tours = registry.category("web_tour.tours");
const press = (key) => ({trigger: ".o_hc_review", run: `press ${key}`});

tours.add("healthcare_duplicate_review", {
    url: "/odoo/possible-duplicates",
    steps: () => [
        screenshot("duplicates-1-review", ".o_hc_review h2:contains(same person)"),
        {trigger: ".o_hc_remaining:contains(2 left)"},
        // the other record, and its phone
        press("ArrowRight"),
        {trigger: ".o_hc_head.o_hc_kept[data-side='1']"},
        press("ArrowLeft"),
        {trigger: ".o_hc_head.o_hc_kept[data-side='0']"},
        {trigger: ".o_hc_values[data-field=phone] .o_hc_value[data-side='1']", run: "click"},
        {trigger: ".o_hc_values[data-field=phone] .o_hc_chosen[data-side='1']"},
        press("?"),
        {trigger: ".modal:contains(Keys) .btn-primary", run: "click"},
        {trigger: ".o_hc_review:not(:has(.modal))"},
        press("m"),
        screenshot("duplicates-2-merge", ".modal .o_hc_merge:contains(Phone)"),
        {trigger: ".modal .btn-primary:contains(Merge)", run: "click"},
        {trigger: ".o_hc_undo:contains(Merged)"},
        {trigger: ".o_hc_remaining:contains(The last one)"},
        // taken back, and merged all the same
        press("u"),
        {trigger: ".o_hc_remaining:contains(2 left)"},
        press("m"),
        {trigger: ".modal .btn-primary:contains(Merge)", run: "click"},
        {trigger: ".o_hc_remaining:contains(The last one)"},
        press("d"),
        screenshot("duplicates-3-nothing", ".o_hc_nothing:contains(No two records)"),
        {trigger: ".o_hc_undo:contains(Different people)"},
    ],
});

tours.add("healthcare_duplicate_by_hand", {
    url: "/odoo/patients",
    steps: () => [
        {trigger: ".o_searchview_input", run: "fill Tour Lin"},
        {trigger: ".o_searchview_autocomplete .o-dropdown-item:first", run: "click"},
        {trigger: ".o_data_row:count(2)"},
        {trigger: "thead .o_list_record_selector input", run: "click"},
        {trigger: ".o_cp_action_menus .dropdown-toggle:contains(Actions)", run: "click"},
        {trigger: ".o-dropdown-item:contains(Merge with)", run: "click"},
        {trigger: ".o_hc_review .o_hc_head:contains(Tour Lin Mei)"},
    ],
});

tours.add("healthcare_duplicate_warning", {
    url: "/odoo/patients/new",
    steps: () => [
        {
            trigger: ".o_form_view div[name=name] input, .o_form_view div[name=name] textarea",
            run: "edit Tour Lin Mei",
        },
        {trigger: ".o_form_view div[name=phone] input", run: "edit +886 912 000 777"},
        {trigger: ".o_form_view div[name=email] input", run: "edit lin.mei@example.org"},
        {trigger: ".o_form_view div[name=city] input", run: "edit Taipei"},
        screenshot("duplicates-4-similar", ".o_hc_similar:contains(similar patient)"),
        {trigger: ".o_form_button_save", run: "click"},
        screenshot("duplicates-5-warning", ".modal .o_hc_candidate:contains(Tour Lin Mei)"),
        // Esc goes on editing
        {trigger: ".modal .o_hc_candidate", run: "press Escape"},
        {trigger: ".o_form_view:not(:has(.modal)) .o_form_button_save", run: "click"},
        {trigger: ".modal .o_hc_same", run: "click"},
        {trigger: ".o_notification:contains(Filled in)"},
        {trigger: ".o_form_view div[name=email] input:value(lin.mei@example.org)"},
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_form_saved"},
    ],
});

tours.add("healthcare_duplicate_somebody_else", {
    url: "/odoo/patients/new",
    steps: () => [
        {
            trigger: ".o_form_view div[name=name] input, .o_form_view div[name=name] textarea",
            run: "edit Tour Lin Mei",
        },
        {trigger: ".o_form_view div[name=phone] input", run: "edit +886 912 000 777"},
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".modal .o_hc_other", run: "click"},
        {trigger: ".o_form_saved"},
    ],
});
