/** How long after a change, and after a key was pressed, what a panel holds is saved, in ms. */
export const AFTER_CHANGE = 600;
export const AFTER_KEY = 1500;

/**
 * Say whether saving now would take something out of the hands of who types: a row of a list that is
 * being edited, or a blank at the end that would be cut off.
 *
 * @param {Element|null} active the element that has the focus
 */
export function isInterrupting(active) {
    if (active?.closest?.(".o_selected_row, .o_hcw_keep_typing")) {
        return true;
    }
    const isText = active?.matches?.("input[type=text], input:not([type]), textarea");
    return Boolean(isText && active.value !== active.value.trim());
}
