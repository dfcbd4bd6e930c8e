import {registry} from "@web/core/registry";
import {screenshot} from "./helpers";

// shorter than the name: this file is on disk where an erasure looks for it
const tours = registry.category("web_tour.tours");
const password = ".modal .o_field_widget[name=password] input";
const confirmIdentity = [
    {trigger: password, run: "edit privacy.lee"},
    {trigger: ".modal footer button:contains(Confirm)", run: "click"},
];

tours.add("healthcare_privacy_request", {
    url: "/odoo/healthcare-privacy-requests",
    steps: () => [
        {trigger: ".o_list_button_add", run: "click"},
        {trigger: ".o_field_widget[name=kind] input", run: "click"},
        {trigger: ".o_select_menu_item:contains(Access)", run: "click"},
        {trigger: ".o_field_widget[name=due_date]:contains(/[0-9]/)"},
        {trigger: ".o_field_widget[name=identity_method] input", run: "click"},
        {trigger: ".o_select_menu_item:contains(document)", run: "click"},
        {trigger: ".o_field_widget[name=patient_id] input", run: "edit Tseng Mei"},
        {trigger: ".o-autocomplete--dropdown-item:contains(Tseng Mei)", run: "click"},
        screenshot("privacy-1-request", ".o_field_widget[name=patient_id]"),
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: "button[name=action_check_identity]", run: "click"},
        {trigger: "button[name=action_print]"},
        {trigger: "button[name=action_export]", run: "click"},
        screenshot("privacy-2-step-up", password),
        ...confirmIdentity,
        {
            content: "The dossier is handed out now",
            trigger: ".o_form_view:not(:has(.modal)) button[name=action_export]",
            run: async () => {
                const id = window.location.pathname.match(/(\d+)$/)[1];
                const url = `/healthcare/privacy/request/${id}.json`;
                let answer = null;
                for (let left = 20; left && !answer?.ok; left--) {
                    await new Promise((done) => setTimeout(done, 500));
                    answer = await fetch(url);
                }
                const text = await answer.text();
                if (!answer.ok || !text.includes("Tseng Mei")) {
                    throw new Error(`No dossier: ${answer.status}`);
                }
            },
        },
    ],
});

tours.add("healthcare_privacy_erasure", {
    steps: () => [
        {trigger: "button[name=action_check_identity]", run: "click"},
        {trigger: "button[name=action_erase]", run: "click"},
        {trigger: ".o_field_widget[name=summary] h4"},
        screenshot("privacy-3-plan", ".o_field_widget[name=patient_id]"),
        {trigger: "button[name=action_erase].btn-danger", run: "click"},
        {trigger: ".modal footer .btn-primary", run: "click"},
        ...confirmIdentity,
        {trigger: ".o_statusbar_status .o_arrow_button_current:contains(Running)"},
    ],
});

tours.add("healthcare_privacy_certificate", {
    steps: () => [
        {trigger: ".alert-success:contains(Every table and every file was searched)"},
        {trigger: ".o_statusbar_status .o_arrow_button_current:contains(Done)"},
        {trigger: "button:contains(Print Certificate)"},
        screenshot("privacy-4-erased", ".o_field_widget[name=patient_id]"),
    ],
});

tours.add("healthcare_privacy_retention", {
    steps: () => [
        {trigger: "button[name=action_try]", run: "click"},
        {trigger: ".o_field_widget[name=trial_summary]:contains(would go)"},
        screenshot("privacy-5-retention", ".o_field_widget[name=data_class]"),
        {trigger: "button[name=action_apply]", run: "click"},
        {trigger: ".modal footer .btn-primary", run: "click"},
        ...confirmIdentity,
        {trigger: ".o_field_widget[name=run_ids] .o_data_row button:contains(Print Certificate)"},
    ],
});
