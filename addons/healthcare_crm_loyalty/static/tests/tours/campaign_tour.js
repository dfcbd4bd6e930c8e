import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";
import {agree, find} from "./helpers";

const tours = registry.category("web_tour.tours");
const isIn = (state) => `.o_field_statusbar:has(.o_arrow_button_current:contains(${state}))`;

// marketing: whom it is meant for, and off it goes
tours.add("healthcare_campaign", {
    url: "/odoo/healthcare-campaigns",
    steps: () => [
        {trigger: ".o-kanban-button-new", run: "click"},
        {trigger: "[name=title] input", run: "edit Autumn check-up"},
        ...find("segment_ids", "All of the clinic"),
        {trigger: "[name=target_count] input", run: "edit 10"},
        {trigger: "[name=holdout_percent] input", run: "edit 30"},
        {trigger: ".o_form_button_save", run: "click"},
        screenshot("loyalty-campaign-1-plan", isIn("Planned")),
        {trigger: "button[name=action_start]", run: "click"},
        ...agree,
        {trigger: isIn("Running")},
        {trigger: ".nav-link[name=results]", run: "click"},
        {trigger: ".o_campaign_step[data-step=addressed]"},
    ],
});

// some weeks later: what came of it
tours.add("healthcare_campaign_results", {
    url: "/odoo/healthcare-campaigns",
    steps: () => [
        {trigger: ".o_kanban_record:contains(Autumn check-up)", run: "click"},
        {trigger: ".nav-link[name=costs]", run: "click"},
        {
            trigger: "[name=cost_ids] .o_field_x2many_list_row_add :is(a, button)",
            run: "click",
        },
        {trigger: ".o_selected_row [name=name] input", run: "edit Printing"},
        {trigger: ".o_selected_row [name=amount] input", run: "edit 100"},
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: "body:not(:has(.o_form_button_save:visible))"},
        {trigger: "button[name=action_count]", run: "click"},
        {trigger: ".nav-link[name=results]", run: "click"},
        {trigger: ".o_campaign_step[data-step=converted]:contains(9)"},
        {trigger: ".o_campaign_interval"},
        screenshot("loyalty-campaign-2-results", ".o_campaign_step[data-step=addressed]"),
        {trigger: ".o_back_button, .breadcrumb-item a:contains(Campaigns)", run: "click"},
        screenshot("loyalty-campaign-3-board", ".o_kanban_record:contains(ROI)"),
        // nobody's name: marketing has numbers
        {trigger: "body:not(:contains(Patient 0))"},
    ],
});
