import {describe, expect, test} from "@odoo/hoot";
import {moved, telephone} from "@healthcare_crm_followup/worklist/queue";

describe.current.tags("headless");

const ROWS = [{id: 7}, {id: 3}, {id: 9}];

test("the mark goes through the rows and stops at both ends", () => {
    expect(moved(ROWS, 7, 1)).toBe(3);
    expect(moved(ROWS, 3, -1)).toBe(7);
    expect(moved(ROWS, 7, -1)).toBe(7);
    expect(moved(ROWS, 9, 1)).toBe(9);
});

test("a row that is gone is no place to start from", () => {
    expect(moved(ROWS, 1, 1)).toBe(7);
    expect(moved(ROWS, null, -1)).toBe(9);
    expect(moved([], 7, 1)).toBe(null);
});

test("a number is called without its spaces", () => {
    expect(telephone("+886 912-345 678")).toBe("tel:+886912345678");
    expect(telephone("")).toBe("");
    expect(telephone(false)).toBe("");
});
