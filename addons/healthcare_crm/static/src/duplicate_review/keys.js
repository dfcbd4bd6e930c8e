/** Fields in which a key of its own chooses: as many as there are digits. */
export const KEYED = 9;

/**
 * Which key does what on the review screen. Pure.
 *
 * @param {{key: String, target: String, hasModifier: Boolean}} press `target` is the tag name of what
 *     has the focus, in capitals
 * @returns {{what: String, side?: Number, index?: Number}|null} `null`: not for this screen
 */
export function commandOf({key, target, hasModifier}) {
    if (hasModifier || ["INPUT", "TEXTAREA", "SELECT"].includes(target)) {
        return null;
    }
    if (key === "ArrowLeft" || key === "ArrowRight") {
        return {what: "keep", side: key === "ArrowLeft" ? 0 : 1};
    }
    if (/^[1-9]$/.test(key)) {
        return {what: "toggle", index: Number(key) - 1};
    }
    const commands = {m: "merge", d: "different", l: "later", u: "undo", "?": "help"};
    const what = commands[key.length === 1 ? key.toLowerCase() : key];
    return what ? {what} : null;
}
