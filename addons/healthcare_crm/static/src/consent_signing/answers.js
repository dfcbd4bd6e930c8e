/** What was ticked in a form, as `[[purpose id, channel]]`: nothing by default. */
export function readAnswers(items, ticked) {
    return items.flatMap((item) =>
        item.channels
            .map(([code]) => [item.purpose_id, code])
            .filter(([purpose, code]) => ticked[`${purpose} ${code}`] === true),
    );
}

/**
 * What is still missing before a form can be signed: `form`, `guardian`, `relation`, `agree`, `name`
 * or `drawing`; null when nothing is.
 */
export function findMissing({form, isMinor, guardian, relation, agreed, name, isEmpty}) {
    if (!form || (isMinor && form.adults_only)) {
        return "form";
    }
    if (isMinor && !guardian) {
        return "guardian";
    }
    if (isMinor && (!relation || relation === "self")) {
        return "relation";
    }
    if (!agreed) {
        return "agree";
    }
    if ((name || "").trim().length < 2) {
        return "name";
    }
    return isEmpty ? "drawing" : null;
}
