import {KEYED} from "./keys";
import {compareTexts} from "./text_diff";
import {levelOf} from "./words";

/**
 * The rows of a review: what there is to choose first, each with a key, then what agrees. Pure.
 *
 * @param {Array<{field: String, label: String, values: String[], level: String}>} fields
 */
export function rowsOf(fields) {
    const rows = fields.map((field) => ({
        ...field,
        ...levelOf(field.level),
        isOpen: field.values[0] !== field.values[1],
        pieces: compareTexts(...field.values),
        key: "",
    }));
    const open = rows.filter((row) => row.isOpen);
    open.slice(0, KEYED).forEach((row, index) => {
        row.key = String(index + 1);
    });
    return [...open, ...rows.filter((row) => !row.isOpen)];
}

/** Which record's value stays of each field, to begin with. @returns {Object} field -> 0 or 1 */
export function choicesOf(fields) {
    return Object.fromEntries(fields.map(({field, survivor}) => [field, survivor]));
}

/**
 * What a merge does, in numbers: what moves from the record that is not kept, and which values of
 * it stay. Pure.
 */
export function consequencesOf(review, keep, choices) {
    const other = 1 - keep;
    return {
        kept: review.patients[keep],
        merged: review.patients[other],
        moved: review.history
            .filter((row) => row.counts[other])
            .map((row) => ({
                label: row.label,
                count: row.counts[other],
            })),
        taken: review.fields
            .filter((row) => row.values[0] !== row.values[1] && choices[row.field] === other)
            .map((row) => ({label: row.label, value: row.values[other]})),
    };
}
