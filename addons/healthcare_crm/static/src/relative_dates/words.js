// what Odoo writes in a domain for a moment counted from the present, such as "today -18y"
const RELATIVE = /^(now|today)?(?:(?:^| +)([+-])(\d+)([dwmyHMS]))?$/;
const UNITS = {
    d: "day",
    w: "week",
    m: "month",
    y: "year",
    H: "hour",
    M: "minute",
    S: "second",
};

/** Whether a value of a domain is counted from the present, however that is put. */
export function isRelative(value) {
    return typeof value === "string" && /^[a-z+=-]/.test(value);
}

/**
 * A relative date in the words of a language: "18 years ago"; as it is written where there are no
 * simple words for it.
 */
export function inWords(value, language) {
    const [written, from, sign, number, unit] = RELATIVE.exec(value.trim()) || [];
    if (!written) {
        return value;
    }
    const words = new Intl.RelativeTimeFormat(language, {numeric: "auto"});
    if (!unit) {
        return words.format(0, from === "today" ? "day" : "second");
    }
    return words.format(sign === "-" ? -number : Number(number), UNITS[unit]);
}
