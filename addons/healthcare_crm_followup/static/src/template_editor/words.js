const PLACEHOLDER = /\{(\w+)\}/g;

/** Return the text with its placeholders replaced by sample values. */
export function fillIn(text, samples) {
    return (text || "").replace(PLACEHOLDER, (whole, name) => samples[name] ?? whole);
}

/** Return the placeholders of a text that nothing fills. */
export function unknownPlaceholders(text, samples) {
    return [...(text || "").matchAll(PLACEHOLDER)]
        .map(([, name]) => name)
        .filter((name) => !Object.hasOwn(samples, name));
}

/**
 * Return the channels a step needs words for, in order: those it tries, then those it has words for.
 *
 * @param {string[]} tried what the step tries; "preferred" may be any
 * @param {string[]} written channels of its templates
 */
export function channelsOf(tried, written) {
    return [...new Set([...tried, ...written])].filter(
        (channel) => channel && channel !== "preferred",
    );
}

/** Return `text` with `inserted` in place of the selection, and where the caret is then. */
export function insertAt(text, inserted, start, end) {
    const caret = start + inserted.length;
    return {text: text.slice(0, start) + inserted + text.slice(end), caret};
}
