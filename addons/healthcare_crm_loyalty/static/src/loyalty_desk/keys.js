/**
 * Which key does what at the desk. Pure.
 *
 * A scanner types like somebody very fast: whatever has the focus, its first character brings the
 * focus back to the box, so that its Enter presses no button.
 *
 * @param {{key: String, target: String, hasModifier: Boolean, isComposing: Boolean, isHeld: Boolean}}
 *     press `target` is the tag name of what has the focus, in capitals
 * @returns {{what: String}|null} `null`: not for the desk
 */
export function commandOf({key, target, hasModifier, isComposing, isHeld}) {
    if (hasModifier || isComposing) {
        return null;
    }
    if (key === "Enter" && isHeld) {
        // held down a little too long, it would confirm what it chose
        return {what: "nothing"};
    }
    const isTyping = ["INPUT", "TEXTAREA", "SELECT"].includes(target);
    if (key === "Escape") {
        return {what: "back"};
    }
    if (isTyping) {
        return key === "ArrowDown" ? {what: "enter"} : null;
    }
    const moves = {
        ArrowDown: "down",
        ArrowUp: "up",
        ArrowLeft: "left",
        ArrowRight: "right",
    };
    if (moves[key]) {
        return {what: moves[key]};
    }
    // the space bar presses a button; a name or a code does not begin with a space
    return key.length === 1 && key !== " " ? {what: "type"} : null;
}

/**
 * Which button is the next one in a direction, as they lie on the screen. Pure.
 *
 * @param {Array<{left: Number, top: Number}>} boxes of the buttons, in reading order
 * @param {Number} at the one that has the focus; -1 for none
 * @param {String} direction "up", "down", "left" or "right"
 * @returns {Number} -1: up and out of the buttons
 */
export function neighbour(boxes, at, direction) {
    if (at < 0) {
        return boxes.length ? 0 : -1;
    }
    if (direction === "left" || direction === "right") {
        const next = at + (direction === "left" ? -1 : 1);
        return Math.min(Math.max(next, 0), boxes.length - 1);
    }
    const sign = direction === "up" ? -1 : 1;
    const {left, top} = boxes[at];
    const beyond = boxes
        .map((box, index) => ({...box, index, far: sign * (box.top - top)}))
        .filter((box) => box.far > 1);
    if (!beyond.length) {
        return direction === "up" ? -1 : at;
    }
    const nearest = Math.min(...beyond.map((box) => box.far));
    const row = beyond.filter((box) => box.far < nearest + 2);
    const aside = (box) => Math.abs(box.left - left);
    return row.reduce((best, box) => (aside(box) < aside(best) ? box : best)).index;
}
