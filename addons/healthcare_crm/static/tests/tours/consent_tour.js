import {registry} from "@web/core/registry";
import {screenshot} from "./helpers";

const tours = registry.category("web_tour.tours");

/** Draw a line into the field for the signature, as a finger does. */
const drawSignature = {
    content: "Sign with a finger",
    trigger: ".o_web_sign_signature",
    run: async ({anchor}) => {
        const box = anchor.getBoundingClientRect();
        const at = (part) => ({
            bubbles: true,
            pointerId: 1,
            isPrimary: true,
            pressure: 0.5,
            button: 0,
            buttons: 1,
            clientX: box.left + box.width * (0.1 + 0.8 * part),
            clientY: box.top + box.height * (0.5 + 0.3 * Math.sin(part * 20)),
        });
        anchor.dispatchEvent(new PointerEvent("pointerdown", at(0)));
        for (let part = 0; part <= 1; part += 0.05) {
            anchor.dispatchEvent(new PointerEvent("pointermove", at(part)));
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        window.dispatchEvent(new PointerEvent("pointerup", {...at(1), buttons: 0}));
        anchor.dispatchEvent(new PointerEvent("pointerup", {...at(1), buttons: 0}));
    },
};

tours.add("healthcare_consent_desk", {
    steps: () => [
        {trigger: ".nav-link[name=consents]", run: "click"},
        screenshot("consent-1-patient", "button[name=action_sign_consent]"),
        {trigger: "button[name=action_sign_consent]", run: "click"},
        {trigger: ".o_healthcare_words:contains(We send you reminders)"},
        // nothing is ticked by itself, and nothing is signed by itself
        {trigger: ".o_healthcare_signing:not(:has(input:checked))"},
        {trigger: ".o_healthcare_sign", run: "click"},
        {trigger: ".alert-danger:contains(Please tick)"},
        {trigger: ".o_healthcare_box:contains(SMS) input", run: "click"},
        {trigger: "input[name=agree]", run: "click"},
        {trigger: "#o_healthcare_name", run: "edit Lin Mei"},
        {trigger: ".o_healthcare_sign", run: "click"},
        {trigger: ".alert-danger:contains(sign in the field)"},
        drawSignature,
        screenshot("consent-2-signing", ".o_web_sign_signature"),
        {trigger: ".o_healthcare_sign", run: "click"},
        screenshot("consent-3-signed", ".alert-success:contains(hand the screen back)"),
        {trigger: ".o_healthcare_close", run: "click"},
        {trigger: ".o_form_view"},
        {trigger: ".nav-link[name=consents]", run: "click"},
        {trigger: "[name=consent_signature_ids] .o_data_row:contains(Our messages)"},
        screenshot(
            "consent-4-history",
            "[name=consent_ids] .o_data_row:contains(Signed on screen)",
        ),
    ],
});

tours.add("healthcare_consent_form", {
    steps: () => [
        {trigger: ".o_data_row:contains(Our messages) td[name=name]", run: "click"},
        {trigger: "button[name=action_new_version]", run: "click"},
        {trigger: ".o_field_widget[name=wording_ids] .o_data_row td[name=title]", run: "click"},
        {trigger: ".modal .nav-link:contains(Preview)", run: "click"},
        screenshot("consent-5-preview", ".modal [name=preview]:contains(We send you reminders)"),
        {trigger: ".modal .o_form_button_cancel, .modal .btn-close", run: "click"},
        {trigger: "button[name=action_publish]", run: "click"},
        {trigger: ".modal .btn-primary", run: "click"},
        screenshot("consent-6-form", ".o_field_widget[name=published_by_id]:contains(Grace Lo)"),
    ],
});
