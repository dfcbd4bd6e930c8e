import {describe, expect, test} from "@odoo/hoot";
import {History} from "@healthcare_crm_followup/workflow_builder/history";

describe.current.tags("headless");

test("what was undone can be done again, until something else is done", () => {
    const history = new History();
    history.push("one");
    history.push("two");
    expect(history.undo("three")).toBe("two");
    expect(history.undo("two")).toBe("one");
    expect(history.undo("one")).toBe(null);
    expect(history.redo("one")).toBe("two");
    expect(history.canRedo).toBe(true);
    history.push("two");
    expect(history.canRedo).toBe(false);
    expect(history.redo("other")).toBe(null);
});

test("the oldest is forgotten", () => {
    const history = new History(2);
    ["one", "two", "three"].forEach((doc) => history.push(doc));
    expect(history.past).toEqual(["two", "three"]);
});
