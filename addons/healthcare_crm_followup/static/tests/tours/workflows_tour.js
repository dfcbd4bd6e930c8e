import {registry} from "@web/core/registry";
import {choose, pick, screenshot} from "./helpers";

const tours = registry.category("web_tour.tours");

/** Add a step in the dialog; `more` are the tour steps that fill in the rest. */
function addStep(kind, name, ...more) {
    return [
        {trigger: "button[name=action_add_step]:enabled", run: "click"},
        {trigger: `.modal div[name=kind] input[data-value=${kind}]`, run: "click"},
        {trigger: ".modal div[name=name] input", run: `edit ${name}`},
        ...more,
        {trigger: ".modal .o_form_button_save:enabled", run: "click"},
        {trigger: `body:not(:has(.modal)) div[name=step_ids] .o_data_row:contains(${name})`},
    ];
}

tours.add("healthcare_workflow_build", {
    steps: () => [
        {trigger: ".o_list_button_add", run: "click"},
        {trigger: ".o_form_view div[name=name] input", run: "edit Who did not come"},
        {trigger: ".nav-link[name=starts]", run: "click"},
        {trigger: "div[name=trigger_ids] .o_data_row td[name=kind]", run: "click"},
        {trigger: ".modal div[name=kind] input[data-value=event]", run: "click"},
        ...choose("event", "Patient did not come"),
        screenshot("workflow-1-start", ".modal div[name=event]"),
        {trigger: ".modal .o_form_button_save", run: "click"},
        {trigger: "div[name=trigger_ids] .o_data_row:contains(Patient did not come)"},
        {trigger: ".nav-link[name=steps]", run: "click"},
        ...addStep("wait", "One day"),
        ...addStep("message", "We missed you"),
        ...addStep("care_task", "Call as well", ...pick("after_id", "One day")),
        ...addStep("join", "Whatever comes first", ...pick("after_id", "We missed you"), {
            trigger: ".modal div[name=join_mode] input[data-value=first]",
            run: "click",
        }),
        {
            trigger: "div[name=step_ids] .o_data_row:contains(Call as well) td[name=name]",
            run: "click",
        },
        {trigger: ".modal div[name=edge_ids] .o_field_x2many_list_row_add a", run: "click"},
        ...pick("target_id", "Whatever comes first"),
        {trigger: ".modal .o_form_button_save", run: "click"},
        {trigger: "body:not(:has(.modal)) .o_form_view"},
        ...addStep("end", "Enough"),
        {
            trigger:
                "div[name=step_ids] .o_data_row:contains(Whatever comes first):contains(+1 more)",
        },
        screenshot("workflow-2-steps", "div[name=step_ids] .o_data_row:contains(Call as well)"),
        {trigger: "button[name=action_publish]:enabled", run: "click"},
        {trigger: ".o_arrow_button_current:contains(Running)"},
    ],
});

tours.add("healthcare_workflow_simulate", {
    steps: () => [
        {trigger: ".o_form_view button[name=action_simulate]", run: "click"},
        {trigger: ".modal div[name=date_from]"},
        {trigger: ".modal button[name=action_play].btn-primary", run: "click"},
        {trigger: ".modal div[name=line_ids] .o_data_row:contains(would be sent)"},
        screenshot(
            "workflow-3-simulation",
            ".modal div[name=line_ids] .o_data_row:contains(a task would be opened)",
        ),
        {trigger: ".modal footer button:contains(Close)", run: "click"},
        {trigger: "body:not(:has(.modal))"},
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
                trigger: ".o_form_view button[name=action_export]",
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
            {
                trigger:
                    "body:not(:has(.modal)) .o_form_view .o_arrow_button_current:contains(Draft)",
            },
            {trigger: "div[name=step_ids] .o_data_row:contains(Call)"},
        ];
    },
});
