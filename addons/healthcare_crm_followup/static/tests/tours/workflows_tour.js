import {registry} from "@web/core/registry";
import {
    NEW_WORKFLOW,
    SAVED,
    addAfterPort,
    cardNamed,
    clickKind,
    closePanel,
    connectByMouse,
    nameWorkflow,
    tidyUp,
} from "./canvas_helpers";
import {choose, screenshot} from "@healthcare_crm/../tests/tours/helpers";

const tours = registry.category("web_tour.tours");

tours.add("healthcare_workflow_build", {
    steps: () => [
        NEW_WORKFLOW,
        nameWorkflow("Who did not come"),
        {trigger: ".o_hcw_card[data-key=start] .o_hcw_name", run: "click"},
        {trigger: ".o_hcw_panel div[name=trigger_ids] .o_data_row td[name=kind]", run: "click"},
        {trigger: ".modal div[name=kind] input[data-value=event]", run: "click"},
        ...choose("event", "Patient did not come"),
        screenshot("workflow-1-start", ".modal div[name=event]"),
        {trigger: ".modal .o_form_button_save", run: "click"},
        {trigger: ".o_hcw_card[data-key=start]:contains(did not come)"},
        ...clickKind("wait", "Wait", "One day"),
        ...clickKind("message", "Send a message", "We missed you"),
        ...addAfterPort("One day", "done", "care_task", "Give a task to staff", "Call as well"),
        ...addAfterPort("We missed you", "sent", "join", "Bring paths together", "First to come"),
        ...closePanel(),
        tidyUp(),
        connectByMouse("Call as well", "reached", "First to come"),
        {trigger: ".o_hcw_live:contains(Connected: Call as well to First to come)"},
        {trigger: `${cardNamed("First to come")} .o_hcw_name`, run: "click"},
        {trigger: ".o_hcw_panel div[name=join_mode] input[data-value=first]", run: "click"},
        ...clickKind("end", "End", "Enough"),
        tidyUp(),
        {trigger: SAVED},
        screenshot("workflow-2-steps", cardNamed("Call as well")),
        {trigger: ".o_hcw_publish:enabled", run: "click"},
        {trigger: ".o_hcw_state:contains(Running)"},
    ],
});

tours.add("healthcare_workflow_simulate", {
    steps: () => [
        {trigger: "button[data-panel=simulate]", run: "click"},
        {trigger: ".o_simulate_play.btn-primary", run: "click"},
        {trigger: ".o_simulate_lines li:contains(would be sent)"},
        screenshot(
            "workflow-3-simulation",
            ".o_simulate_lines li:contains(a task would be opened)",
        ),
        {trigger: ".o_hcw_panel .btn-close", run: "click"},
        {trigger: ".o_hcw_builder:not(:has(.o_hcw_panel))"},
    ],
});

tours.add("healthcare_outgoing_queue", {
    steps: () => [
        {trigger: ".o_data_row:contains(An Nguyen) .o_list_record_selector input", run: "click"},
        {trigger: "button[name=action_hold]", run: "click"},
        {trigger: ".o_data_row:contains(An Nguyen):contains(Held)"},
        screenshot("queue-1-held", ".o_data_row:contains(An Nguyen)"),
        {
            trigger: ".o_data_row:contains(An Nguyen):contains(Held) .o_list_record_selector input",
            run: "click",
        },
        {trigger: "button[name=action_release]", run: "click"},
        {trigger: ".o_data_row:contains(An Nguyen):not(:contains(Held))"},
    ],
});

tours.add("healthcare_incident_retry", {
    steps: () => [
        {trigger: ".o_data_row:contains(An Nguyen):contains(no paper)"},
        screenshot("incident-1-list", ".o_data_row:contains(An Nguyen)"),
        {trigger: ".o_data_row:contains(An Nguyen) .o_list_record_selector input", run: "click"},
        {trigger: "button[name=action_retry_incident]", run: "click"},
        {trigger: ".o_list_view:not(:has(.o_data_row:contains(An Nguyen)))"},
    ],
});

tours.add("healthcare_workflow_import", {
    steps: () => {
        let exported = "";
        return [
            {
                trigger: ".o_hcw_builder",
                run: async () => {
                    const id = location.pathname.split("/").pop();
                    const answer = await fetch(
                        `/web/content/healthcare.workflow/${id}/export_file`,
                    );
                    exported = await answer.text();
                },
            },
            {
                trigger: "[data-menu-xmlid='healthcare_crm_followup.menu_healthcare_workflows']",
                run: "click",
            },
            {
                trigger:
                    "[data-menu-xmlid='healthcare_crm_followup.menu_healthcare_workflow_import']",
                run: "click",
            },
            {
                trigger: ".modal div[name=file]",
                run: ({anchor}) => {
                    const transfer = new DataTransfer();
                    transfer.items.add(
                        new File([exported], "reminder.json", {type: "application/json"}),
                    );
                    const input = anchor.querySelector("input[type=file]");
                    input.files = transfer.files;
                    input.dispatchEvent(new Event("change", {bubbles: true}));
                },
            },
            {trigger: ".modal div[name=workflow_name]:contains(Remind 24 hours before)"},
            screenshot("workflow-4-import", ".modal div[name=step_names]"),
            {trigger: ".modal button[name=action_import]", run: "click"},
            {trigger: "body:not(:has(.modal)) .o_hcw_state:contains(Draft)"},
            {trigger: cardNamed("Call")},
        ];
    },
});
