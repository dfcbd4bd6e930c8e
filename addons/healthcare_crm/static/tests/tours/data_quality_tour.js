import {registry} from "@web/core/registry";
import {screenshot} from "./helpers";

const tours = registry.category("web_tour.tours");

tours.add("healthcare_data_to_complete", {
    url: "/odoo/data-to-complete",
    steps: () => [
        {trigger: ".o_group_header:contains(No birth date)", run: "click"},
        screenshot("data-quality-1-list", ".o_data_row:contains(Tour Lan)"),
        {trigger: ".o_data_row:contains(Tour Lan) td[name=patient_id]", run: "click"},
        {trigger: ".o_form_view .o_notebook a:contains(Details)", run: "click"},
        {trigger: "div[name=birth_date] input", run: "edit 05/17/1970"},
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_form_saved"},
        {trigger: ".breadcrumb-item:contains(Data to Complete) a, .o_back_button", run: "click"},
        {
            trigger:
                ".o_group_header:contains(No birth date) .o_group_caret.fa-caret-down, .o_list_view",
        },
        {trigger: ".o_list_view:not(:contains(Tour Lan))"},
        {trigger: ".o_group_header:contains(No gender)", run: "click"},
        {trigger: ".o_data_row:contains(Tour Hoa) button:contains(Ignore)", run: "click"},
        {trigger: ".modal .o_radio_item:contains(does not say) input", run: "click"},
        screenshot("data-quality-2-ignore", ".modal .o_form_view"),
        {trigger: ".modal .btn-primary:contains(Ignore)", run: "click"},
        {trigger: ".o_list_view:not(:contains(Tour Hoa))"},
    ],
});

tours.add("healthcare_data_quality_report", {
    url: "/odoo/data-quality",
    steps: () => [
        screenshot("data-quality-3-report", ".o_graph_canvas_container canvas"),
        {trigger: ".o_switch_view.o_pivot", run: "click"},
        {trigger: ".o_pivot:contains(No birth date)"},
    ],
});
