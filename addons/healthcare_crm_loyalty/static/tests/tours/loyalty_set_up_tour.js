import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";
import {agree, balance, find, scan} from "./helpers";

const tours = registry.category("web_tour.tours");
/** Type into a column of the line that is being written. */
const cell = (column, text) => ({
    trigger: `.o_selected_row [name=${column}] input`,
    run: `edit ${text}`,
});
const addLine = (list) => ({
    trigger: `.o_field_widget[name=${list}] .o_field_x2many_list_row_add button, .o_field_widget[name=${list}] .o_field_x2many_list_row_add a`,
    run: "click",
});

// the administrator: what earns points, and a tier
tours.add("healthcare_membership_set_up", {
    steps: () => [
        screenshot("loyalty-set-up-1-empty", ".o_view_nocontent"),
        {trigger: ".o_list_button_add", run: "click"},
        {trigger: "[name=name] input", run: "edit Lotus members"},
        {trigger: "[name=portal_point_name] input", run: "edit leaves"},
        addLine("earning_ids"),
        cell("name", "Your visit"),
        cell("points", "15"),
        addLine("earning_ids"),
        cell("name", "Welcome"),
        {trigger: ".o_selected_row [name=event] :is(input, select)", run: "click"},
        {trigger: ".o_select_menu_item:contains(Becoming a member)", run: "click"},
        cell("points", "20"),
        {trigger: ".nav-link[name=tiers]", run: "click"},
        addLine("tier_ids"),
        cell("name", "Silver"),
        cell("entry_value", "30"),
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_form_saved, body:not(:has(.o_form_dirty))"},
        screenshot("loyalty-set-up-2-tiers", ".o_data_row:contains(Silver)"),
        {trigger: ".nav-link[name=earnings]", run: "click"},
        screenshot("loyalty-set-up-3-earning", ".o_data_row:contains(Becoming a member)"),
        {trigger: "button[name=action_view_members]:contains(0)", run: "click"},
        {trigger: ".o_view_nocontent:contains(Join)"},
    ],
});

// the desk: the first patient joins
tours.add("healthcare_membership_first", {
    steps: () => [
        {trigger: ".o_form_view .oe_stat_button[name=action_join]", run: "click"},
        {trigger: ".o_form_view [name=program_id]:contains(Lotus members)"},
        {trigger: ".o_form_view [name=point_name]:contains(leaves)"},
        {trigger: ".oe_stat_button[name=action_open_patient]", run: "click"},
        screenshot(
            "loyalty-set-up-4-patient",
            ".oe_stat_button[name=action_open_membership]:contains(Member)",
        ),
    ],
});

// the administrator: what members have for their points
tours.add("healthcare_catalogue", {
    steps: () => [
        {trigger: ".o-kanban-button-new", run: "click"},
        {trigger: "[name=program_id] input:value(Club)"},
        {trigger: "[name=description] input", run: "edit Jasmine tea"},
        {trigger: "[name=required_points] input", run: "edit 30"},
        {trigger: "[name=is_limited] input", run: "click"},
        {trigger: "[name=stock] input", run: "edit 1"},
        {trigger: ".o_form_button_save", run: "click"},
        screenshot(
            "loyalty-catalogue-1-reward",
            ".o_breadcrumb:contains(/^\\s*Rewards\\s*Jasmine tea/)",
        ),
        {trigger: ".o_back_button, .breadcrumb-item a:contains(Rewards)", run: "click"},
        screenshot("loyalty-catalogue-2-list", ".o_kanban_record:contains(30 points)"),
    ],
});

// the desk: who reserved it shows the code, and brings it back another day
tours.add("healthcare_catalogue_desk", {
    url: "/odoo/loyalty-desk",
    steps: () => [
        // the page of the patient reserved it
        ...scan("R23456789D"),
        {trigger: balance(70)},
        screenshot("loyalty-catalogue-4-code", ".o_hc_confirm:contains(Đỗ Hoài An):focus"),
        {trigger: ".o_hc_confirm", run: "press Enter"},
        {trigger: ".o_hc_notice.alert-success:contains(Jasmine tea)"},
        // the only one is given out
        ...scan("R23456789D"),
        {trigger: ".o_hc_notice.alert-danger:contains(already)"},
        {
            trigger: "[data-offer]:contains(Jasmine tea)[aria-disabled=true]:contains(none left)",
        },
    ],
});

tours.add("healthcare_catalogue_refund", {
    url: "/odoo/loyalty-redemptions",
    steps: () => [
        {trigger: ".o_data_row:contains(Jasmine tea) [name=patient_id]", run: "click"},
        {trigger: "button[name=action_take_back]:contains(Take Back)", run: "click"},
        ...agree,
        screenshot(
            "loyalty-catalogue-5-returned",
            ".o_field_statusbar:has(.o_arrow_button_current:contains(Returned))",
        ),
        {trigger: "body:not(:has(button[name=action_take_back]:contains(Take Back)))"},
    ],
});

// marketing: coupons for the patients of a segment
tours.add("healthcare_coupons", {
    url: "/odoo/healthcare-coupons",
    steps: () => [
        {trigger: ".o_list_button_add", run: "click"},
        {trigger: "[name=name] input", run: "edit Tea time"},
        {trigger: "[name=value] input", run: "edit 20"},
        ...find("segment_id", "Tea drinkers"),
        screenshot("loyalty-coupon-1-terms", "[name=segment_size]"),
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: "button[name=action_give_out]:contains(/^Give Out$/)", run: "click"},
        screenshot("loyalty-coupon-2-given", "[name=result]:contains(2 given)"),
    ],
});

// the desk: one is used, and back again
tours.add("healthcare_coupons_desk", {
    url: "/odoo/loyalty-desk",
    steps: () => [
        ...scan("C2345678923S"),
        // it asks what is spent, and says what to take off
        {trigger: ".o_hc_chosen input:focus", run: "edit 500"},
        {trigger: ".o_hc_chosen input", run: "press Enter"},
        screenshot("loyalty-coupon-3-desk", ".o_hc_notice.alert-success:contains(100)"),
        {trigger: ".o_hc_undo", run: "click"},
        {trigger: ".o_hc_notice.alert-success:contains(again)"},
        {trigger: "[data-offer]:contains(Tea time)", run: "click"},
        {trigger: ".o_hc_chosen input", run: "edit 300"},
        {trigger: ".o_hc_confirm:contains(Đỗ Hoài An)", run: "click"},
        {trigger: ".o_hc_notice.alert-success:contains(60)"},
        ...scan("C2345678923S"),
        {trigger: ".o_hc_notice.alert-warning:contains(used already)"},
    ],
});
