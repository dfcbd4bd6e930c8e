export const SAVED = ".o_hcw_save_saved:contains(Saved)";

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
        run: `drag_and_drop ${cardNamed(to)}`,
    };
}
