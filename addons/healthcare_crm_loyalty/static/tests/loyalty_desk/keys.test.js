import {describe, expect, test} from "@odoo/hoot";
import {commandOf, neighbour} from "@healthcare_crm_loyalty/loyalty_desk/keys";

describe.current.tags("headless");

const press = (key, target = "BODY", more = {}) =>
    commandOf({key, target, hasModifier: false, isComposing: false, isHeld: false, ...more});

test("what a scanner types goes to the box, wherever the focus is", () => {
    for (const key of ["0", "9", "R", "z", "-", "王"]) {
        expect(press(key)).toEqual({what: "type"});
        expect(press(key, "BUTTON")).toEqual({what: "type"});
        expect(press(key, "INPUT")).toBe(null);
    }
});

test("buttons are pressed by Enter and the space bar", () => {
    for (const key of ["Enter", " ", "Tab", "F5", "Shift"]) {
        expect(press(key, "BUTTON")).toBe(null);
    }
});

test("Enter that is held down confirms nothing", () => {
    for (const target of ["BUTTON", "INPUT"]) {
        expect(press("Enter", target, {isHeld: true})).toEqual({what: "nothing"});
    }
    expect(press("ArrowDown", "BUTTON", {isHeld: true})).toEqual({what: "down"});
});

test("arrows lead from button to button", () => {
    expect(press("ArrowDown", "INPUT")).toEqual({what: "enter"});
    expect(press("ArrowLeft", "INPUT")).toBe(null);
    expect(press("ArrowDown", "BUTTON")).toEqual({what: "down"});
    expect(press("ArrowUp", "BUTTON")).toEqual({what: "up"});
    expect(press("ArrowLeft", "BUTTON")).toEqual({what: "left"});
    expect(press("ArrowRight", "BUTTON")).toEqual({what: "right"});
});

test("Escape goes back from everywhere", () => {
    for (const target of ["INPUT", "BUTTON", "BODY"]) {
        expect(press("Escape", target)).toEqual({what: "back"});
    }
});

test("what belongs to the browser or to an input method is left to them", () => {
    expect(press("r", "BODY", {hasModifier: true})).toBe(null);
    expect(press("w", "INPUT", {isComposing: true})).toBe(null);
    expect(press("Escape", "INPUT", {isComposing: true})).toBe(null);
});

/** Two rows of two, and a last one. */
const BOXES = [
    {left: 0, top: 0},
    {left: 100, top: 0},
    {left: 0, top: 50},
    {left: 100, top: 50.5},
    {left: 0, top: 100},
];

test("up and down keep the column, left and right the order", () => {
    expect(neighbour(BOXES, 1, "down")).toBe(3);
    expect(neighbour(BOXES, 3, "down")).toBe(4);
    expect(neighbour(BOXES, 4, "down")).toBe(4);
    expect(neighbour(BOXES, 3, "up")).toBe(1);
    expect(neighbour(BOXES, 1, "right")).toBe(2);
    expect(neighbour(BOXES, 0, "left")).toBe(0);
    expect(neighbour(BOXES, 4, "right")).toBe(4);
});

test("into the buttons and out of them", () => {
    expect(neighbour(BOXES, -1, "down")).toBe(0);
    expect(neighbour([], -1, "down")).toBe(-1);
    expect(neighbour(BOXES, 1, "up")).toBe(-1);
});
