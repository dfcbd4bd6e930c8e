/**
 * Which key does what in the worklist. Pure.
 *
 * @param {{key: String, target: String, hasModifier: Boolean}} press `target` is the tag name of what
 *     has the focus, in capitals
 * @param {Array<{code: String, key: String}>} outcomes of the task that is open
 * @returns {{what: String, code?: String}|null} `null`: not for the worklist
 */
export function commandOf(press, outcomes = []) {
    const {key, target, hasModifier} = press;
    if (hasModifier) {
        return null;
    }
    if (["INPUT", "TEXTAREA", "SELECT"].includes(target)) {
        return key === "Escape" ? {what: "blur"} : null;
    }
    const outcome = outcomes.find((one) => one.key && one.key === key);
    if (outcome) {
        return {what: "outcome", code: outcome.code};
    }
    const isButton = ["BUTTON", "A"].includes(target);
    const commands = {
        j: "down",
        ArrowDown: "down",
        k: "up",
        ArrowUp: "up",
        // on a button, Enter presses it
        Enter: isButton ? null : "open",
        c: "call",
        n: "note",
        l: "later",
        m: "mine",
        "/": "search",
        u: "undo",
        "?": "help",
        Escape: "back",
    };
    const what = commands[key.length === 1 ? key.toLowerCase() : key];
    return what ? {what} : null;
}
