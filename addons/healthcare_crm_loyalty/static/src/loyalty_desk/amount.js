import {parseFloat} from "@web/views/fields/parsers";

/** More digits than any amount: the number of a card that was scanned. */
const MOST_DIGITS = 12;

/** Codes begin with a letter, and those of cards have more digits. */
const BEGINS_LIKE_AMOUNT = /^[-+−.,\d]|\p{Sc}/u;

/** What is typed where Chinese is written may be wide: "３００". */
const clean = (text) => text.normalize("NFKC").trim();

const hasManyDigits = (text) => text.replace(/\D/g, "").length > MOST_DIGITS;

/**
 * Return the amount that somebody typed. Pure, but for how the user's language writes numbers.
 *
 * @param {String} text
 * @returns {Number|false} `false` for nothing typed, `NaN` for what is no amount
 */
export function readAmount(text) {
    const typed = clean(text);
    if (!typed) {
        return false;
    }
    if (hasManyDigits(typed)) {
        return NaN;
    }
    try {
        return parseFloat(typed);
    } catch {
        return NaN;
    }
}

/**
 * Say whether somebody meant an amount and mistyped it: "12,5o". Anything else was scanned.
 *
 * @param {String} text
 */
export function isMistyped(text) {
    const typed = clean(text);
    return (
        Number.isNaN(readAmount(typed)) && !hasManyDigits(typed) && BEGINS_LIKE_AMOUNT.test(typed)
    );
}
