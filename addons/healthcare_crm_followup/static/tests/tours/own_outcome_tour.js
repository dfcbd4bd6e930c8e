import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("healthcare_own_outcome", {
    url: "/odoo/care-tasks",
    steps: () => [
        {trigger: ".o_data_row:contains(Own Outcome) .o_data_cell[name=why]", run: "click"},
        {trigger: ".o_form_view div[name=note] textarea", run: "edit Walks badly"},
        {trigger: ".o_form_view button:contains(Needs a wheelchair)", run: "click"},
        {trigger: ".o_arrow_button_current:contains(Done)"},
        {trigger: ".o_form_view div[name=outcome_name]:contains(Needs a wheelchair)"},
        {trigger: ".o_form_view:not(:has(button:contains(Needs a wheelchair)))"},
    ],
});
