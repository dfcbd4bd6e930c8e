import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";
import {find} from "./helpers";

registry.category("web_tour.tours").add("healthcare_introduction", {
    url: "/odoo/introductions",
    steps: () => [
        {trigger: ".o_list_button_add", run: "click"},
        // the code as it is read out: in small letters
        ...find("introducer_id", "f234-5678-9y", "Đỗ Hoài An"),
        ...find("patient_id", "Đỗ Hoài Bình"),
        {trigger: ".o_form_button_save", run: "click"},
        screenshot(
            "loyalty-introduction-1-waiting",
            ".o_field_statusbar:has(.o_arrow_button_current:contains(First visit))",
        ),
        {trigger: ".o_form_button_create", run: "click"},
        ...find("introducer_id", "Đỗ Hoài An"),
        ...find("patient_id", "Đỗ Hoài An"),
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_field_widget[name=reason]:contains(themselves)"},
        {trigger: ".o_back_button", run: "click"},
        screenshot("loyalty-introduction-2-list", ".o_data_row:contains(Does not count)"),
    ],
});

registry.category("web_tour.tours").add("healthcare_club", {
    url: "/odoo/clubs",
    steps: () => [
        {trigger: ".o_kanban_record:contains(Sunday walking club)", run: "click"},
        screenshot("loyalty-club-1-club", ".o_data_row:contains(Eating well)"),
        {trigger: "button[name=action_view_members]:contains(Members)", run: "click"},
        {trigger: ".o_list_button_add", run: "click"},
        ...find("patient_id", "Đỗ Hoài Bình"),
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: "button[name=action_agreed_by_phone]", run: "click"},
        screenshot(
            "loyalty-club-2-member",
            ".o_field_statusbar:has(.o_arrow_button_current:contains(In the Club))",
        ),
        {trigger: ".breadcrumb-item a:contains(Sunday walking club), .o_back_button", run: "click"},
        {trigger: "button[name=action_view_members] .o_stat_value:contains(1)"},
    ],
});
