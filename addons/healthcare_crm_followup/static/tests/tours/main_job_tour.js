import {registry} from "@web/core/registry";
import {NEW_WORKFLOW, SAVED, cardNamed, clickKind, nameWorkflow} from "./canvas_helpers";
import {openGroup, screenshot} from "@healthcare_crm/../tests/tours/helpers";

registry.category("web_tour.tours").add("healthcare_main_job_publish", {
    url: "/odoo/workflows",
    steps: () => [
        NEW_WORKFLOW,
        nameWorkflow("Remind 24 hours before"),
        ...clickKind("message", "Send a message", "E-mail reminder"),
        ...clickKind("care_task", "Give a task to staff", "Call the patient"),
        {trigger: SAVED},
        screenshot("main-job-1-workflow", cardNamed("Call the patient")),
        {trigger: "button[data-panel=preview]", run: "click"},
        {trigger: ".o_workflow_preview li:contains(would be sent)"},
        screenshot("main-job-2-preview", ".o_workflow_preview li:contains(No consent on file)"),
        {trigger: ".o_preview_publish:enabled", run: "click"},
        {trigger: ".o_hcw_state:contains(Running)"},
        {trigger: ".o_hcw_panel .btn-close", run: "click"},
        screenshot("main-job-3-running", ".o_hcw_count_waiting"),
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
        {trigger: ".o_notebook .nav-link[name=timeline]", run: "click"},
        {trigger: ".o_timeline_entry:contains(no consent)"},
        screenshot("main-job-7-timeline", ".o_timeline_entry:contains(no consent)"),
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
        openGroup("Dr Main Job", "Main Job Service"),
        openGroup("Main Job Service", "E-mail"),
        {trigger: ".o_group_header:contains(E-mail)"},
        screenshot("main-job-8-noshow-rate", ".o_group_header:contains(No reminder)"),
    ],
});
