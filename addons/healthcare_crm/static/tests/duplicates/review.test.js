import {describe, expect, test} from "@odoo/hoot";
import {choicesOf, consequencesOf, rowsOf} from "@healthcare_crm/duplicate_review/choices";
import {commandOf} from "@healthcare_crm/duplicate_review/keys";
import {
    argumentsOf,
    certaintyOf,
    initialsOf,
    levelOf,
} from "@healthcare_crm/duplicate_review/words";

describe.current.tags("headless");

const field = (name, one, other, level, survivor = 0) => ({
    field: name,
    label: name,
    values: [one, other],
    level,
    survivor,
});

describe("keys of the review", () => {
    const press = (key, target = "BODY", hasModifier = false) =>
        commandOf({key, target, hasModifier});

    test("each key does one thing", () => {
        expect(press("ArrowLeft")).toEqual({what: "keep", side: 0});
        expect(press("ArrowRight")).toEqual({what: "keep", side: 1});
        expect(press("3")).toEqual({what: "toggle", index: 2});
        expect(press("m")).toEqual({what: "merge"});
        expect(press("D")).toEqual({what: "different"});
        expect(press("l")).toEqual({what: "later"});
        expect(press("u")).toEqual({what: "undo"});
        expect(press("?")).toEqual({what: "help"});
    });

    test("other keys, and keys of the browser, are left alone", () => {
        for (const key of ["0", "x", "Enter", "Tab", "Escape", "F5"]) {
            expect(press(key)).toBe(null);
        }
        expect(press("d", "BODY", true)).toBe(null);
        expect(press("m", "INPUT")).toBe(null);
    });
});

describe("choices of the review", () => {
    test("what differs comes first and has a key", () => {
        const rows = rowsOf([
            field("name", "Lan", "Lan", "same"),
            field("phone", "1", "2", "different"),
            field("email", "a@b.c", "", "missing"),
        ]);
        expect(rows.map((row) => [row.field, row.key])).toEqual([
            ["phone", "1"],
            ["email", "2"],
            ["name", ""],
        ]);
    });

    test("there are nine keys, however many fields differ", () => {
        const many = [...Array(12).keys()].map((n) => field(`f${n}`, "a", "b", "different"));
        expect(
            rowsOf(many)
                .map((row) => row.key)
                .filter(Boolean),
        ).toHaveLength(9);
    });

    test("a merge says what moves and what is taken over", () => {
        const review = {
            patients: [{name: "A"}, {name: "B"}],
            fields: [
                field("phone", "1", "2", "different", 1),
                field("city", "X", "Y", "different"),
            ],
            history: [
                {label: "Appointments", counts: [3, 2]},
                {label: "Consents", counts: [1, 0]},
            ],
        };
        const choices = choicesOf(review.fields);
        expect(choices).toEqual({phone: 1, city: 0});
        expect(consequencesOf(review, 0, choices)).toEqual({
            kept: {name: "A"},
            merged: {name: "B"},
            moved: [{label: "Appointments", count: 2}],
            taken: [{label: "phone", value: "2"}],
        });
        expect(consequencesOf(review, 1, choices).taken).toEqual([{label: "city", value: "X"}]);
    });
});

describe("words of the review", () => {
    test("the more probable, the surer the words", () => {
        const words = [0.95, 0.7, 0.4, 0].map((one) => certaintyOf(one, "review").text);
        expect(new Set([...words, certaintyOf(1, "link").text]).size).toBe(5);
    });

    test("nobody is almost certain who is asked about", () => {
        expect(certaintyOf(0.999, "review")).toEqual(certaintyOf(0.95, "review"));
        expect(certaintyOf(0.985, "link")).toEqual(certaintyOf(1, "link"));
    });

    test("a level that is not known is close", () => {
        expect(levelOf("swapped")).toBe(levelOf("close"));
        expect(levelOf("partly")).not.toBe(levelOf("close"));
        expect(levelOf("missing").icon).toBe("fa-minus");
    });

    test("the weightiest argument comes first, and what says nothing is left out", () => {
        const found = argumentsOf([
            {field: "phone", level: "same", weight: 4},
            {field: "gender", level: "same", weight: 0.1},
            {field: "birth_date", level: "different", weight: -9},
            {field: "email", level: "missing", weight: 0},
        ]);
        expect(found.map((one) => [one.field, one.isFor])).toEqual([
            ["birth_date", false],
            ["phone", true],
        ]);
    });

    test("initials of any name", () => {
        expect(initialsOf("Nguyễn Văn An")).toBe("NA");
        expect(initialsOf("王小明")).toBe("王");
        expect(initialsOf("  ")).toBe("");
    });
});
