import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";
import {agree} from "./helpers";

const button = (name) => `.o_statusbar_buttons button[name=${name}]:enabled`;

registry.category("web_tour.tours").add("healthcare_membership", {
    steps: () => [
        // a patient joins, and has a card at once
        {trigger: ".o_form_view .oe_stat_button[name=action_join]", run: "click"},
        screenshot(
            "membership-1-card",
            ".o_form_view:contains(Đỗ Hoài An) [name=number]:contains(044)",
        ),
        // the link for the member
        {trigger: button("action_open_link"), run: "click"},
        screenshot("membership-2-link", ".modal svg.qr"),
        {trigger: ".modal [name=url]:contains(/my/benefits/)"},
        {trigger: ".modal .btn-secondary", run: "click"},
        // the family
        {trigger: button("action_share"), run: "click"},
        {trigger: ".modal [name=head_id] input", run: "edit Đỗ Hoài Bình"},
        {trigger: ".o-autocomplete--dropdown-item:contains(Đỗ Hoài Bình)", run: "click"},
        {trigger: ".modal [name=agreed] input", run: "click"},
        screenshot("membership-3-family", ".modal button[name=action_share]:contains(Share)"),
        {trigger: ".modal button[name=action_share]:contains(Share)", run: "click"},
        {trigger: "[name=purse_patient_id]:contains(Đỗ Hoài Bình)"},
        {trigger: "[name=balance]:contains(100)"},
        {trigger: button("action_end_sharing"), run: "click"},
        ...agree,
        // lost, and found again
        {trigger: button("action_block"), run: "click"},
        {trigger: ".modal [name=reason] input", run: "edit Card lost"},
        {trigger: ".modal button[name=action_block]", run: "click"},
        screenshot("membership-4-blocked", ".alert-danger:contains(Card lost)"),
        {trigger: button("action_unblock"), run: "click"},
        {trigger: button("action_block")},
        // out, and in again
        {trigger: button("action_leave"), run: "click"},
        ...agree,
        {trigger: button("action_join_again"), run: "click"},
        {trigger: button("action_leave")},
        // back at the patient
        {trigger: ".oe_stat_button[name=action_open_patient]", run: "click"},
        {trigger: ".oe_stat_button[name=action_open_membership]:contains(Member)"},
    ],
});
