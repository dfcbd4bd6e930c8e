import {describe, expect, test} from "@odoo/hoot";
import {inWords, isRelative} from "@healthcare_crm/relative_dates/words";

describe.current.tags("headless");

test("a date counted from the present is told from a date", () => {
    for (const value of ["now", "today", "today -18y", "-7d", "=1d", "=monday"]) {
        expect(isRelative(value)).toBe(true);
    }
    for (const value of ["2026-01-01", "2026-01-01 08:00:00", "", false, 3]) {
        expect(isRelative(value)).toBe(false);
    }
});

test("it is told in words, in the language of the reader", () => {
    expect(inWords("now", "en-US")).toBe("now");
    expect(inWords("today", "zh-TW")).toBe("今天");
    expect(inWords("today -18y", "en-US")).toBe("18 years ago");
    expect(inWords("today -3y", "zh-TW")).toBe("3 年前");
    expect(inWords("-7d", "en-US")).toBe("7 days ago");
    expect(inWords("today +8d", "en-US")).toBe("in 8 days");
    expect(inWords("+2H", "en-US")).toBe("in 2 hours");
});

test("what has no simple words stays as it is written", () => {
    expect(inWords("today =monday -1w", "en-US")).toBe("today =monday -1w");
    expect(inWords("=1d", "en-US")).toBe("=1d");
});
