import {registry} from "@web/core/registry";
import {choose, screenshot} from "./helpers";

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

/** Show who is there in the dialog that asks. */
function confirmWith(secret) {
    return [
        {trigger: password, run: `edit ${secret}`},
        {trigger: ".modal footer button:contains(Confirm)", run: "click"},
    ];
}

tours.add("healthcare_break_glass", {
    steps: () => [
        {trigger: ".o_notebook .nav-link[name=details]"},
        {
            content: "What is closed is not offered",
            trigger: "body:not(:has(.o_notebook .nav-link[name=health]))",
        },
        screenshot("security-3-closed", ".o_hc_not_in_care"),
        {trigger: ".o_hc_not_in_care button[name=action_break_glass]", run: "click"},
        ...choose("reason", "Standing in for a colleague"),
        {trigger: ".modal div[name=explanation] textarea", run: "edit Hurry"},
        {trigger: ".modal button[name=action_check]", run: "click"},
        {
            content: "A few words are no reason",
            trigger: ".o_error_dialog:contains(at least 10 characters) footer button",
            run: "click",
        },
        {
            trigger: ".modal div[name=explanation] textarea",
            run: "edit Short of breath, Dr. Lin is on leave until Monday.",
        },
        screenshot("security-4-reason", ".modal div[name=explanation]"),
        {trigger: ".modal button[name=action_check]", run: "click"},
        ...confirmWith("security_doctor"),
        {
            trigger: "body:not(:has(.o_hc_not_in_care)) .o_notebook .nav-link[name=health]",
            run: "click",
        },
        {trigger: ".o_field_widget[name=condition_ids]:contains(Asthma)"},
    ],
});

tours.add("healthcare_break_glass_review", {
    steps: () => [
        {trigger: ".o_data_row:contains(Tour Closed)"},
        {trigger: ".o_data_row:contains(Tour Closed) td[name=reason]", run: "click"},
        screenshot(
            "security-5-opening",
            ".o_field_widget[name=explanation]:contains(Dr. Lin is on leave)",
        ),
        {trigger: "button[name=action_judge]:contains(Justified)", run: "click"},
        {
            trigger: ".modal div[name=note] textarea",
            run: "edit The rota has it: stood in from 14:00.",
        },
        {trigger: ".modal button[name=action_review]", run: "click"},
        {
            content: "Nothing else waits: all openings are shown, with what was found",
            trigger: ".o_list_view .o_data_row:contains(Tour Closed) .badge:contains(Justified)",
        },
        {trigger: "body:not(:has(.o_facet_value:contains(To review)))"},
    ],
});

tours.add("healthcare_step_up_export", {
    steps: () => [
        {trigger: ".o_list_view .o_data_row"},
        {trigger: "thead .o_list_record_selector input", run: "click"},
        {trigger: "button:contains(/^Export$/)", run: "click"},
        {trigger: ".modal div[name=reason] input", run: "edit Letters about the flu vaccine"},
        {trigger: ".modal button[name=action_export]", run: "click"},
        ...confirmWith("not the password"),
        {trigger: ".o_error_dialog:contains(Incorrect Password) footer button", run: "click"},
        ...confirmWith("security_export"),
        {trigger: ".modal .alert-success:contains(The file is ready)"},
        {
            content: "The file is there for who has just been asked",
            trigger: ".modal button[name=action_download]",
        },
    ],
});
