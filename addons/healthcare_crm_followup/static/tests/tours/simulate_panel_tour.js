import {press} from "@odoo/hoot-dom";
import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const tours = registry.category("web_tour.tours");
const card = (name) => `.o_hcw_card:contains(${name})`;

function openPanel(id) {
    return [
        {trigger: `.o_hcw_panel_button[data-panel=${id}]`, run: "click"},
        {trigger: `.o_hcw_panel[data-panel=${id}]`},
    ];
}

tours.add("healthcare_simulate_panel", {
    steps: () => [
        ...openPanel("simulate"),
        {trigger: ".o_simulate_play:enabled", run: "click"},
        {trigger: ".o_simulate_totals [data-tone=sent]:contains(1)"},
        {trigger: ".o_simulate_lines li:contains(Le Van Nam):contains(a task would be opened)"},
        {trigger: ".o_simulate_words", run: "click"},
        {trigger: ".o_simulate_letter:contains(An Nguyen)"},
        {trigger: `${card("E-mail")}:contains(2 through)`},
        screenshot("simulate-1-panel", ".o_time_slider"),
        // back to the beginning, then on to the first message
        {
            trigger: ".o_time_slider input[type=range]",
            run: async ({anchor}) => {
                anchor.focus();
                await press("Home");
            },
        },
        {trigger: ".o_simulate_totals [data-tone=sent]:contains(0)"},
        {trigger: ".o_time_slider_next:enabled", run: "click"},
        {trigger: ".o_simulate_totals [data-tone=sent]:contains(1)"},
        {trigger: `${card("E-mail")}:contains(1 through)`},
        // a nurse reaches nobody
        {trigger: ".o_simulate_answers summary", run: "click"},
        {trigger: ".o_simulate_answers select", run: "select no_answer"},
        {trigger: ".o_simulate_result:contains(before your last change)"},
        {trigger: ".o_simulate_play:enabled", run: "click"},
        {trigger: `${card("Try again")}:contains(1 through)`},
    ],
});

tours.add("healthcare_preview_panel", {
    steps: () => [
        ...openPanel("preview"),
        {trigger: ".o_preview_now:contains(2):contains(appointments would be enrolled now)"},
        {trigger: ".o_workflow_preview li:contains(would not be sent):contains(No address)"},
        screenshot("simulate-2-preview", ".o_workflow_preview canvas"),
        {trigger: ".o_preview_publish:enabled", run: "click"},
        {trigger: ".o_hcw_state:contains(Running)"},
        {trigger: ".o_workflow_preview:not(:has(.o_preview_publish))"},
    ],
});

tours.add("healthcare_versions_panel", {
    steps: () => [
        ...openPanel("versions"),
        {trigger: ".o_workflow_versions [data-version='1']:contains(Current)"},
        {trigger: ".o_versions_group[data-status=changed]:contains(Ring up) del:contains(Call)"},
        {trigger: ".o_versions_group[data-status=added]:contains(Rest) ins:contains(1 day)"},
        {trigger: `${card("Rest")}:contains(new)`},
        screenshot("simulate-3-versions", ".o_versions_group[data-status=added]"),
        {trigger: "[data-version='1'] .o_versions_restore", run: "click"},
        {trigger: ".modal footer button:contains(Take it back)", run: "click"},
        {trigger: ".o_workflow_versions:contains(Nothing differs)"},
        {trigger: ".o_hcw_canvas:not(:contains(Ring up))"},
    ],
});
