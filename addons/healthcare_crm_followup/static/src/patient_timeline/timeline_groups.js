/** The days of a timeline. Plain functions over what `get_timeline` returns. */

/** Icon of each kind's filter, in their order. */
export const KIND_ICONS = {
    message: "fa-envelope-o",
    task: "fa-phone",
    appointment: "fa-calendar",
    consent: "fa-check-circle-o",
    survey: "fa-list-alt",
    workflow: "fa-sitemap",
};

/**
 * Put entries together by the day they are of, in the order they come.
 *
 * @param {Object[]} entries with a `moment`, a luxon DateTime in the reader's zone
 * @returns {Object[]} [{key: "2030-01-07", day: DateTime, entries}]
 */
export function byDay(entries) {
    const days = [];
    for (const entry of entries) {
        const key = entry.moment.toISODate();
        if (days.at(-1)?.key !== key) {
            days.push({key, day: entry.moment.startOf("day"), entries: []});
        }
        days.at(-1).entries.push(entry);
    }
    return days;
}

/** Add `kind` to the filter, or take it out again. */
export function toggled(kinds, kind) {
    return kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind];
}
