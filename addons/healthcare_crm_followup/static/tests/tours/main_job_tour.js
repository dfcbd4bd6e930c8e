import {registry} from "@web/core/registry";
import {screenshot} from "./helpers";

function addStep(kind, name) {
    return [
        {trigger: "button[name=action_add_step]:enabled", run: "click"},
        {trigger: `.modal div[name=kind] input[data-value=${kind}]`, run: "click"},
        {trigger: ".modal div[name=name] input", run: `edit ${name}`},
        {trigger: ".modal .o_form_button_save:enabled", run: "click"},
        {trigger: `body:not(:has(.modal)) div[name=step_ids] .o_data_row:contains(${name})`},
    ];
}

registry.category("web_tour.tours").add("healthcare_main_job_publish", {
    url: "/odoo/workflows",
    steps: () => [
        {trigger: ".o_list_button_add", run: "click"},
        {trigger: ".o_form_view div[name=name] input", run: "edit Remind 24 hours before"},
        ...addStep("message", "E-mail reminder"),
        ...addStep("care_task", "Call the patient"),
        screenshot(
            "main-job-1-workflow",
            "div[name=step_ids] .o_data_row:contains(Call the patient)",
        ),
        {trigger: "button[name=action_preview]", run: "click"},
        {trigger: ".modal .o_data_row:contains(would be sent)"},
        screenshot("main-job-2-preview", ".modal .o_data_row:contains(No consent on file)"),
        {trigger: ".modal button[name=action_publish]", run: "click"},
        {trigger: ".o_arrow_button_current:contains(Running)"},
        screenshot("main-job-3-running", "button[name=action_open_enrollments]"),
    ],
});

registry.category("web_tour.tours").add("healthcare_main_job_worklist", {
    url: "/odoo/worklist",
    steps: () => [
        {trigger: ".o_hc_row:contains(Tran Thi Lan)", run: "click"},
        {trigger: ".o_hc_card:contains(Tran Thi Lan):contains(no consent)"},
        {trigger: ".o_hc_row:contains(Le Van Nam)", run: "click"},
        {trigger: ".o_hc_card:contains(Le Van Nam):contains(no address)"},
        screenshot("main-job-4-worklist", ".o_hc_card h2:contains(Le Van Nam)"),
        {trigger: ".o_hc_outcome[data-outcome=confirmed]", run: "click"},
        {trigger: ".o_hc_undo:contains(Le Van Nam)"},
        {trigger: ".o_hc_worklist:not(:has(.o_hc_undo)):not(:has(.o_hc_row:contains(Le Van Nam)))"},
    ],
});

registry.category("web_tour.tours").add("healthcare_main_job_timeline", {
    steps: () => [
        {trigger: ".o_notebook .nav-link[name=communications]", run: "click"},
        {trigger: "div[name=communication_ids] .o_data_row:contains(no consent)"},
        screenshot("main-job-7-timeline", "div[name=communication_ids] .o_data_row"),
    ],
});

registry.category("web_tour.tours").add("healthcare_main_job_noshow_rate", {
    url: "/odoo/appointments",
    steps: () => [
        {trigger: ".o_list_view"},
        {trigger: ".o_searchview_dropdown_toggler", run: "click"},
        {trigger: ".o_group_by_menu .o_menu_item:contains(Practitioner)", run: "click"},
        {trigger: ".o_group_by_menu .o_menu_item:contains(Service)", run: "click"},
        {trigger: ".o_group_by_menu .o_menu_item:contains(Reminder)", run: "click"},
        {trigger: ".o_searchview_dropdown_toggler", run: "click"},
        {trigger: ".o_group_header:contains(Dr Main Job)", run: "click"},
        {trigger: ".o_group_header:contains(Main Job Service)", run: "click"},
        {trigger: ".o_group_header:contains(E-mail)"},
        screenshot("main-job-8-noshow-rate", ".o_group_header:contains(No reminder)"),
    ],
});
