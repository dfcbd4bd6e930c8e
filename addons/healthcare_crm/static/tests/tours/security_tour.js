import {registry} from "@web/core/registry";
import {screenshot} from "./helpers";

const tours = registry.category("web_tour.tours");
const password = ".modal .o_field_widget[name=password] input";

tours.add("healthcare_security_check", {
    url: "/odoo/security-check",
    steps: () => [
        {trigger: ".o_hc_security_check h1:contains(unsafe)"},
        {trigger: ".o_hc_security_check li[data-code=demo] .badge"},
        {trigger: ".o_hc_security_check li:first .badge:contains(Unsafe)"},
        // comparing passwords takes long on a slow machine
        {trigger: ".o_hc_security_check li[data-code=passwords]", timeout: 60000},
        screenshot("security-1-check", ".o_hc_security_check h1"),
        {trigger: ".o_hc_security_check button:contains(Look Again)", run: "click"},
        {trigger: ".o_hc_security_check li[data-code=passwords]", timeout: 60000},
    ],
});

tours.add("healthcare_step_up", {
    steps: () => [
        {trigger: "button[name=action_undo]", run: "click"},
        // Odoo asks whether one is sure
        {
            trigger: ".modal .btn-primary:contains(Ok), .modal .btn-primary:contains(Undo)",
            run: "click",
        },
        screenshot("security-2-step-up", password),
        {trigger: password, run: "edit not the password"},
        {trigger: ".modal footer button:contains(Confirm)", run: "click"},
        {
            trigger:
                ".o_notification:contains(Incorrect Password), .modal:contains(Incorrect Password)",
        },
    ],
});
