import {describe, expect, test} from "@odoo/hoot";
import {compareTexts} from "@healthcare_crm/duplicate_review/text_diff";

describe.current.tags("headless");

/** What differs in brackets. */
const marked = (pieces) => pieces.map(({text, same}) => (same ? text : `[${text}]`)).join("");
const compared = (one, other) => compareTexts(one, other).map(marked);

describe("text diff", () => {
    test("what is the same in both is not marked", () => {
        expect(compared("Nguyen", "Nguyen")).toEqual(["Nguyen", "Nguyen"]);
    });

    test("one letter that differs is marked in both", () => {
        expect(compared("+886912345678", "+886912345688")).toEqual([
            "+8869123456[7]8",
            "+88691234568[8]",
        ]);
        expect(compared("王小明", "王曉明")).toEqual(["王[小]明", "王[曉]明"]);
    });

    test("case and accents do not count", () => {
        expect(compared("NGUYỄN", "nguyen")).toEqual(["NGUYỄN", "nguyen"]);
    });

    test("against nothing all is marked", () => {
        expect(compared("Lan", "")).toEqual(["[Lan]", ""]);
        expect(compared("", "")).toEqual(["", ""]);
    });

    test("letters outside the first plane stay whole", () => {
        expect(compared("a😀b", "a😀c")).toEqual(["a😀[b]", "a😀[c]"]);
    });

    test("texts with little in common are marked as a whole", () => {
        expect(compared("E-mail", "SMS")).toEqual(["[E-mail]", "[SMS]"]);
    });

    test("long texts are compared as a whole", () => {
        const long = "x".repeat(5000);
        expect(compared(long, `${long}y`)).toEqual([`[${long}]`, `[${long}y]`]);
        expect(compared(long, long)).toEqual([long, long]);
    });

    test("nothing is lost", () => {
        for (const [one, other] of [
            ["Trần Thị Bích", "Bich Tran"],
            ["台北市信義路五段7號", "臺北市信義區信義路5段7號"],
        ]) {
            const [a, b] = compareTexts(one, other);
            expect(a.map((piece) => piece.text).join("")).toBe(one);
            expect(b.map((piece) => piece.text).join("")).toBe(other);
        }
    });
});
