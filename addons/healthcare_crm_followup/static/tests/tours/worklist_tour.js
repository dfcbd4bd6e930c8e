import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const card = (name) => `.o_hc_card h2:contains(${name})`;

registry.category("web_tour.tours").add("healthcare_worklist", {
    url: "/odoo/worklist",
    steps: () => [
        // the most urgent is open without a click
        {trigger: card("An Nguyen")},
        {trigger: ".o_hc_card .alert:contains(interpreter)"},
        {trigger: ".o_hc_note", run: "edit Walks badly"},
        {trigger: ".o_hc_card [role=status]:contains(Saved)"},
        screenshot("worklist-1-task", card("An Nguyen")),
        {trigger: ".o_hc_worklist", run: () => document.activeElement.blur()},
        {trigger: ".o_hc_worklist", run: "press 1"},
        {trigger: card("Binh Tran")},
        screenshot("worklist-2-next", ".o_hc_undo:contains(An Nguyen):contains(Confirmed)"),
        {trigger: ".o_hc_undo button", run: "click"},
        {trigger: card("An Nguyen")},
        {trigger: ".o_hc_worklist:not(:has(.o_hc_undo))"},
        {trigger: ".o_hc_outcome[data-outcome=outcome1]", run: "click"},
        {trigger: card("Binh Tran")},
        {trigger: ".o_hc_later", run: "click"},
        screenshot("worklist-3-later", ".o-dropdown-item:contains(Tomorrow morning)"),
        {trigger: ".o-dropdown-item:contains(In 1 hour)", run: "click"},
        {trigger: card("Chi Pham")},
        {trigger: ".o_hc_rows h3:contains(Later)"},
        {trigger: ".o_hc_outcome[data-outcome=cancelled]", run: "click"},
        {trigger: ".modal .btn-primary:contains(Cancels)", run: "click"},
        screenshot("worklist-4-nothing", ".o_hc_rows .o_hc_nothing:contains(Binh Tran)"),
        {trigger: ".o_hc_worklist:not(:has(.o_hc_undo))"},
    ],
});

registry.category("web_tour.tours").add("healthcare_worklist_phone", {
    url: "/odoo/worklist",
    steps: () => [
        screenshot("worklist-5-phone-list", ".o_hc_row:contains(An Nguyen)"),
        {trigger: ".o_hc_row:contains(An Nguyen)", run: "click"},
        screenshot("worklist-6-phone-task", card("An Nguyen")),
        {trigger: ".o_hc_back", run: "click"},
        {trigger: ".o_hc_row:contains(An Nguyen)"},
    ],
});

registry.category("web_tour.tours").add("healthcare_workload", {
    url: "/odoo/workload",
    steps: () => [
        {trigger: "[data-person] button:contains(Main Caller)", run: "click"},
        {trigger: ".o_hc_given input[type=checkbox]:first", run: "click"},
        {trigger: ".o_hc_given select", run: "selectByLabel Main Helper"},
        screenshot("worklist-7-workload", ".o_hc_hand_over:contains(3)"),
        {trigger: ".o_hc_hand_over", run: "click"},
        {trigger: ".o_hc_given:contains(Nothing is open here)"},
    ],
});
