import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const today = ".o_hc_block[data-block=today]";

registry.category("web_tour.tours").add("healthcare_my_day", {
    url: "/odoo/my-day",
    steps: () => [
        screenshot("my-day-1-arrivals", `${today} li:contains(An Nguyen)`),
        {trigger: `${today} li:contains(An Nguyen) [data-method=action_arrive]`, run: "click"},
        {trigger: `${today} li:contains(An Nguyen) .badge:contains(Arrived)`},
        {trigger: `${today} li:contains(An Nguyen):not(:has([data-method=action_arrive]))`},
        {trigger: ".o_hc_block[data-block=tasks] li:contains(Binh Tran) a", run: "click"},
        {trigger: ".o_hc_card h2:contains(Binh Tran)"},
    ],
});
