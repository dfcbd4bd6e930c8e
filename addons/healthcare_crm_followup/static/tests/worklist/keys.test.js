import {describe, expect, test} from "@odoo/hoot";
import {commandOf} from "@healthcare_crm_followup/worklist/keys";

describe.current.tags("headless");

const OUTCOMES = [
    {code: "confirmed", key: "1"},
    {code: "own", key: "6"},
    {code: "reached", key: ""},
];
const press = (key, target = "BODY", hasModifier = false) =>
    commandOf({key, target, hasModifier}, OUTCOMES);

test("a digit is the outcome that has it", () => {
    expect(press("1")).toEqual({what: "outcome", code: "confirmed"});
    expect(press("6")).toEqual({what: "outcome", code: "own"});
    expect(press("2")).toBe(null);
    expect(commandOf({key: "1", target: "BODY", hasModifier: false})).toBe(null);
});

test("letters and arrows lead through the list", () => {
    for (const [key, what] of [
        ["j", "down"],
        ["ArrowDown", "down"],
        ["K", "up"],
        ["ArrowUp", "up"],
        ["Enter", "open"],
        ["c", "call"],
        ["n", "note"],
        ["l", "later"],
        ["m", "mine"],
        ["/", "search"],
        ["u", "undo"],
        ["?", "help"],
        ["Escape", "back"],
    ]) {
        expect(press(key)).toEqual({what});
    }
    expect(press("x")).toBe(null);
});

test("who types a note does not end tasks", () => {
    for (const target of ["INPUT", "TEXTAREA", "SELECT"]) {
        expect(press("1", target)).toBe(null);
        expect(press("j", target)).toBe(null);
        expect(press("Escape", target)).toEqual({what: "blur"});
    }
});

test("what belongs to the browser or to a button is left to it", () => {
    expect(press("c", "BODY", true)).toBe(null);
    expect(press("1", "BODY", true)).toBe(null);
    expect(press("Enter", "BUTTON")).toBe(null);
    expect(press("1", "BUTTON")).toEqual({what: "outcome", code: "confirmed"});
});
