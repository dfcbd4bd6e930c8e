import {animationFrame, delay, drag, queryFirst} from "@odoo/hoot-dom";

export const SAVED = ".o_hcw_save_saved:contains(Saved)";

/** Begin a workflow, from the page of all of them. */
export const NEW_WORKFLOW = {trigger: ".o-kanban-button-new", run: "click"};

/** Open a workflow, from the page of all of them. */
export function openWorkflow(name) {
    return [
        {trigger: `.o_kanban_record:contains(${name})`, run: "click"},
        {trigger: ".o_hcw_card[data-key=start]"},
    ];
}

/** A card by the name of its step. */
export function cardNamed(name) {
    return `.o_hcw_card:has(.o_hcw_name:contains(/^${name}$/))`;
}

/** Give the workflow that is open a name. */
export function nameWorkflow(name) {
    return {trigger: ".o_hcw_title_input", run: `edit ${name} && press Enter`};
}

/** Rename a step by a double click on its card; `name` null: the one that is selected. */
export function renameStep(former, name) {
    return [
        {trigger: `${cardNamed(former)} .o_hcw_name`, run: "dblclick"},
        {trigger: ".o_hcw_name_input", run: `edit ${name} && press Enter`},
        {trigger: cardNamed(name)},
    ];
}

/** Add a step by a click in the palette: after the one that is selected. */
export function clickKind(kind, label, name) {
    return [
        {trigger: `.o_hcw_palette_item[data-kind=${kind}]`, run: "click"},
        {trigger: `${cardNamed(label)}.o_hcw_selected`},
        ...renameStep(label, name),
    ];
}

/** Add a step after the outcome of another, from the menu of that port. */
export function addAfterPort(after, outcome, kind, label, name) {
    return [
        {trigger: `${cardNamed(after)} [data-port=${outcome}]`, run: "click"},
        {trigger: `.o_hcw_pick_list [data-item=${kind}]`, run: "click"},
        {trigger: `${cardNamed(label)}.o_hcw_selected`},
        ...renameStep(label, name),
    ];
}

/** Drag from a port to a card. */
export function connectByMouse(from, outcome, to) {
    return {
        trigger: `${cardNamed(from)} [data-port=${outcome}]`,
        run: async ({anchor}) => {
            const {moveTo, drop} = await drag(anchor);
            const target = queryFirst(cardNamed(to));
            await moveTo(target);
            await animationFrame();
            await drop(target);
        },
    };
}

/** Put all cards in order, and go on when the view stands still. */
export function tidyUp() {
    return {
        trigger: ".o_hcw_tidy",
        run: async ({anchor, click}) => {
            await click(anchor);
            const world = document.querySelector(".o_hcw_world");
            let before = null;
            for (let here = ""; here !== before; await delay(300)) {
                before = here;
                const {x, y, width} = world.querySelector(".o_hcw_card").getBoundingClientRect();
                here = [x, y, width].join();
            }
        },
    };
}

/** Close the panel: the canvas has the whole page. */
export function closePanel() {
    return [
        {trigger: ".o_hcw_panel .btn-close", run: "click"},
        {trigger: ".o_hcw_builder:not(:has(.o_hcw_panel))"},
    ];
}
