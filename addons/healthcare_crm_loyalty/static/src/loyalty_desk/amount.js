import {parseFloat} from "@web/views/fields/parsers";

/** More digits than any amount: the number of a card that was scanned. */
const MOST_DIGITS = 12;

/**
 * Return the amount that somebody typed. Pure, but for how the user's language writes numbers.
 *
 * @param {String} text
 * @returns {Number|false} `false` for nothing typed, `NaN` for what is no amount
 */
export function readAmount(text) {
    if (!text.trim()) {
        return false;
    }
    if (text.replace(/\D/g, "").length > MOST_DIGITS) {
        return NaN;
    }
    try {
        return parseFloat(text);
    } catch {
        return NaN;
    }
}
