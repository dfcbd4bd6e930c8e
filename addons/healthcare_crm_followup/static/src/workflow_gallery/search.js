import {normalize} from "@web/core/l10n/utils/normalize";

/**
 * Return the items that contain every word of `query`, whatever its case and accents, of the
 * category and with the channel that are asked for; an empty one means any.
 */
export function search(items, {query, category, channel}) {
    const words = normalize(query).split(/\s+/).filter(Boolean);
    return items.filter((item) => {
        const text = normalize([item.name, item.summary, item.benefit].join(" "));
        return (
            words.every((word) => text.includes(word)) &&
            (!category || item.category === category) &&
            (!channel || item.channels.includes(channel))
        );
    });
}

/** Return [{code, label, items}] of the categories that have any, in their order. */
export function byCategory(items, categories) {
    return categories
        .map(([code, label]) => ({
            code,
            label,
            items: items.filter((item) => item.category === code),
        }))
        .filter((group) => group.items.length);
}

/** Return where a step leads, once for each step: [{number, name, outcomes: [labels]}]. */
export function byTarget(arrows) {
    const found = new Map();
    for (const {number, name, outcome} of arrows) {
        if (!found.has(number)) {
            found.set(number, {number, name, outcomes: []});
        }
        found.get(number).outcomes.push(outcome);
    }
    return [...found.values()];
}

/**
 * Cut `text` into what is written and what is filled in: [{text}, {placeholder}, …]. What looks
 * like a placeholder and is none stays text.
 */
export function cutAtPlaceholders(text, placeholders) {
    return text
        .split(/(\{\w+\})/)
        .filter(Boolean)
        .map((part) => {
            const label = placeholders[part.slice(1, -1)];
            return part.startsWith("{") && label ? {placeholder: label} : {text: part};
        });
}
