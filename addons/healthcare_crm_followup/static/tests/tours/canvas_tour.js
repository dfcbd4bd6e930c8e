import {registry} from "@web/core/registry";
import {manuallyDispatchProgrammaticEvent, press, queryFirst} from "@odoo/hoot-dom";
import {
    NEW_WORKFLOW,
    SAVED,
    addAfterPort,
    cardNamed,
    clickKind,
    closePanel,
    connectByMouse,
    nameWorkflow,
    openWorkflow,
    renameStep,
    tidyUp,
} from "./canvas_helpers";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";

const tours = registry.category("web_tour.tours");

/** Press keys where the focus is. */
function keys(...all) {
    return {
        trigger: "body",
        run: async () => {
            for (const one of all) {
                await press(one);
            }
        },
    };
}

/** Choose in the menu that is open by typing and Enter. */
function choose(text) {
    return [
        {trigger: ".o_hcw_pick_list input:focus"},
        keys(...text),
        {trigger: `.o_hcw_pick_list .o_hcw_item.active:contains(${text})`},
        keys("Enter"),
        {trigger: `body:not(:has(.o_hcw_item.active:contains(${text})))`},
    ];
}

/** Rename the card that has the focus. */
function renameFocused(label, name) {
    return [
        {trigger: `${cardNamed(label)}:focus`},
        keys("F2"),
        {trigger: ".o_hcw_name_input:focus", run: `edit ${name} && press Enter`},
        {trigger: `${cardNamed(name)}:focus`},
    ];
}

tours.add("healthcare_canvas_mouse", {
    steps: () => [
        NEW_WORKFLOW,
        screenshot("canvas-1-empty", ".o_hcw_empty"),
        nameWorkflow("After the operation"),
        {trigger: SAVED},
        {
            trigger: ".o_hcw_palette_item[data-kind=wait]",
            run: "drag_and_drop .o_hcw_empty",
        },
        ...renameStep("Wait", "One day"),
        ...addAfterPort("One day", "done", "message", "Send a message", "How are you"),
        {trigger: `${cardNamed("How are you")} .o_hcw_name`, run: "click"},
        ...clickKind("wait", "Wait", "Two more days"),
        ...clickKind("survey", "Ask by a survey", "Is it healing"),
        ...addAfterPort("Is it healing", "no_answer", "care_task", "Give a task to staff", "Call"),
        ...closePanel(),
        tidyUp(),
        connectByMouse("How are you", "suppressed", "Call"),
        {trigger: ".o_hcw_arrow:nth-of-type(6)"},
        tidyUp(),
        {trigger: SAVED},
        screenshot("canvas-2-built", cardNamed("Call")),
    ],
});

tours.add("healthcare_canvas_keyboard", {
    steps: () => [
        NEW_WORKFLOW,
        {trigger: ".o_hcw_card[data-key=start]:focus"},
        keys("n"),
        ...choose("Wait"),
        ...renameFocused("Wait", "One day"),
        keys("n"),
        ...choose("Send a message"),
        ...renameFocused("Send a message", "How are you"),
        keys("n"),
        ...choose("Wait"),
        ...renameFocused("Wait", "Two more days"),
        keys("n"),
        ...choose("Give a task"),
        ...renameFocused("Give a task to staff", "Call"),
        keys("ArrowUp"),
        keys("ArrowUp"),
        {trigger: `${cardNamed("How are you")}:focus`},
        keys("F2"),
        {trigger: ".o_hcw_name_input:focus", run: "edit How are you? && press Enter"},
        {trigger: `.o_hcw_card:has(.o_hcw_name:contains(How are you?)):focus`},
        keys("c"),
        ...choose("Not sent"),
        ...choose("Call"),
        {trigger: ".o_hcw_live:contains(Connected: How are you? to Call)"},
        keys("?"),
        screenshot("canvas-3-shortcuts", ".o_hcw_shortcuts"),
        keys("Escape"),
        nameWorkflow("Built by keys"),
        {trigger: SAVED},
    ],
});

/** Paste as a browser does: the keys alone do not do it for a page. */
function paste() {
    return {
        trigger: ".o_hcw_canvas",
        run: () => {
            const at = document.activeElement.closest(".o_hcw_canvas")
                ? document.activeElement
                : queryFirst(".o_hcw_canvas");
            return manuallyDispatchProgrammaticEvent(at, "paste", {
                clipboardData: new DataTransfer(),
            });
        },
    };
}

tours.add("healthcare_canvas_copy", {
    steps: () => [
        ...openWorkflow("First"),
        {trigger: ".o_hcw_card[data-key=start] .o_hcw_name"},
        keys(["ctrl", "a"]),
        {trigger: ".o_hcw_card.o_hcw_selected:not([data-key=start])"},
        keys(["ctrl", "c"]),
        {trigger: ".o_hcw_live:contains(copied)"},
        {trigger: ".o_hcw_back", run: "click"},
        ...openWorkflow("Second"),
        {trigger: ".o_hcw_empty"},
        paste(),
        {trigger: ".o_hcw_live:contains(pasted)"},
        {trigger: SAVED},
    ],
});

tours.add("healthcare_canvas_undo", {
    steps: () => [
        {trigger: `${cardNamed("Call")} .o_hcw_name`, run: "click"},
        keys("Delete"),
        {trigger: `.o_hcw_canvas:not(:has(${cardNamed("Call")}))`},
        {trigger: SAVED},
        keys(["ctrl", "z"]),
        {trigger: cardNamed("Call")},
        {trigger: SAVED},
        keys(["ctrl", "y"]),
        {trigger: `.o_hcw_canvas:not(:has(${cardNamed("Call")}))`},
        {trigger: ".o_hcw_controls button[aria-label=Undo]", run: "click"},
        {trigger: cardNamed("Call")},
        {trigger: SAVED},
    ],
});

tours.add("healthcare_canvas_count", {
    steps: () => [
        screenshot("canvas-4-counts", ".o_hcw_count_waiting:enabled"),
        {trigger: ".o_hcw_count_waiting:enabled", run: "click"},
        {trigger: ".o_data_row:contains(An Nguyen)"},
    ],
});
