import {waitUntil} from "@odoo/hoot-dom";
import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const tours = registry.category("web_tour.tours");
const WHICH = ".o_results_graphs .o_results_chart:contains(Step by step)";

/** The address is written a moment after the choice. */
const addressHas = (words) => waitUntil(() => window.location.search.includes(words));

tours.add("healthcare_results", {
    steps: () => [
        screenshot("results-1-overview", ".o_results_overview tr:contains(Recall):contains(38 %)"),
        {trigger: ".o_results_overview button:contains(Recall)", run: "click"},
        {trigger: ".o_results_figure[data-figure=enrolled]:contains(400)"},
        {trigger: ".o_results_goal:contains(38 %):contains(between 33 % and 42 %)"},
        {trigger: `${WHICH} canvas[aria-label*="Went on: 160"]`},
        {trigger: ".o_results_split:contains(With “Reminder” 70 % reached the goal)"},
        screenshot("results-2-workflow", ".o_results_figures"),
        screenshot("results-3-split", ".o_results_split"),
        {trigger: `${WHICH} input[role=switch]`, run: "click"},
        {trigger: `${WHICH} table tr:contains(Which?):contains(160)`},
        {trigger: "button[data-period='90']", run: "click"},
        {trigger: "button[data-period='90'].active", run: () => addressHas("period=90")},
        {trigger: ".o_results_figure[data-figure=enrolled]:enabled", run: "click"},
        {trigger: ".o_list_view .o_data_row:contains(An Nguyen)"},
        {trigger: ".o_back_button", run: "click"},
        {trigger: "button[data-period='90'].active", run: () => addressHas("period=90")},
        {trigger: ".o_results_days", run: "click"},
        {trigger: ".o_pivot"},
    ],
});

tours.add("healthcare_results_reloaded", {
    steps: () => [
        {trigger: "button[data-period='90'].active"},
        {trigger: ".o_results_figure[data-figure=enrolled]:contains(400)"},
        {trigger: ".o_breadcrumb:contains(Results: Recall)"},
    ],
});
