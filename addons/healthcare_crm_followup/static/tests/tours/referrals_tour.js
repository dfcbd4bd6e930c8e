import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const button = (name) => `.o_form_statusbar button:contains(/^${name}$/)`;
const said = (what) => `div[name=response_ids] .o_data_row:contains(${what})`;

registry.category("web_tour.tours").add("healthcare_referral_question", {
    steps: () => [
        {content: "The doctor it is for", trigger: button("Accept")},
        {trigger: button("Ask"), run: "click"},
        {trigger: ".modal div[name=text] textarea", run: "edit Since when is it so?"},
        {trigger: ".modal footer .btn-primary", run: "click"},
        {trigger: `.o_form_view ${said("Since when is it so?")}`},
        {trigger: ".alert:contains(There is a question about this referral)"},
    ],
});

registry.category("web_tour.tours").add("healthcare_referral_answer", {
    steps: () => [
        {content: "The doctor it is from", trigger: button("Answer the Question"), run: "click"},
        {trigger: ".modal div[name=text] textarea", run: "edit For two weeks, on stairs."},
        {trigger: ".modal footer .btn-primary", run: "click"},
        {trigger: `.o_form_view ${said("For two weeks")}`},
        {trigger: ".o_arrow_button_current:contains(Sent)"},
    ],
});

registry.category("web_tour.tours").add("healthcare_referral_reply", {
    steps: () => [
        {trigger: button("Accept"), run: "click"},
        {trigger: "div[name=response] .badge:contains(Accepted)"},
        {trigger: button("Reply"), run: "click"},
        {trigger: ".modal div[name=text] textarea", run: "edit ECG without findings."},
        {trigger: ".modal footer .btn-primary", run: "click"},
        {trigger: ".o_arrow_button_current:contains(Answered)"},
        {trigger: said("ECG without findings")},
        screenshot("referrals-1-conversation", "div[name=patient_id]"),
    ],
});

registry.category("web_tour.tours").add("healthcare_referrer_thanks", {
    steps: () => [
        {
            content: "Who sent us somebody",
            trigger: ".o_data_row:contains(Dr Lee) td[name=referrer_thanks_due]:contains(1)",
        },
        {trigger: ".o_data_row:contains(Dr Lee) button:contains(Ledger)", run: "click"},
        {trigger: ".o_data_row:contains(Came By) button:contains(Thank)"},
        screenshot("referrals-2-ledger", ".o_data_row"),
        {trigger: ".o_data_row:contains(Came By) button:contains(Thank)", run: "click"},
        {trigger: ".modal div[name=patient_id] input:value(Came By)"},
        {trigger: ".modal .o_form_button_save", run: "click"},
        {
            content: "Thanked",
            trigger:
                ".o_list_view:not(:has(.modal)) .o_data_row:contains(Came By) td[name=thanks_due]:contains(0)",
        },
    ],
});
