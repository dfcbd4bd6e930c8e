import {describe, expect, test} from "@odoo/hoot";
import {
    START,
    addStep,
    connect,
    emptyDocument,
} from "@healthcare_crm_followup/workflow_builder/document";
import {overlaps} from "@healthcare_crm_followup/workflow_builder/geometry";
import {layout} from "@healthcare_crm_followup/workflow_builder/layout";
import {walk} from "@healthcare_crm_followup/workflow_builder/walk";

describe.current.tags("headless");

const SIZE = {width: 264, height: 92};

/** a forks to b and c, which join in d; from there one may go back to a. */
function diamond() {
    let doc = emptyDocument();
    for (const key of ["a", "b", "c", "d"]) {
        doc = addStep(doc, key, {kind: "wait", name: key});
    }
    for (const [from, outcome, to] of [
        ["a", "way1", "b"],
        ["a", "way2", "c"],
        ["b", "done", "d"],
        ["c", "done", "d"],
        ["d", "again", "a"],
    ]) {
        doc = connect(doc, from, outcome, to);
    }
    return doc;
}

function boxesOf(doc) {
    const outcomes = ["way1", "way2", "done", "again"].map((code) => [code, code]);
    const places = layout(
        doc,
        () => SIZE,
        () => outcomes,
    );
    return Object.fromEntries(
        Object.entries(places).map(([key, [x, y]]) => [key, {x, y, ...SIZE}]),
    );
}

test("patients meet steps from top to bottom, joins below, loops lead back up", () => {
    const {start, a, b, c, d} = boxesOf(diamond());
    expect(start.y).toBeLessThan(a.y);
    expect(a.y).toBeLessThan(b.y);
    expect(b.y).toBe(c.y);
    expect(b.x).toBeLessThan(c.x);
    expect(d.y).toBeGreaterThan(b.y);
});

test("no two cards overlap", () => {
    const boxes = Object.values(boxesOf(addStep(diamond(), "z", {kind: "end", name: "z"})));
    boxes.forEach((one, index) => {
        boxes.slice(index + 1).forEach((other) => expect(overlaps(one, other, 8)).toBe(false));
    });
});

test("arrow keys walk along arrows, and aside", () => {
    const doc = diamond();
    const boxes = boxesOf(doc);
    expect(walk(doc, boxes, START, "down")).toBe("a");
    expect(walk(doc, boxes, "a", "down")).toBe("b");
    expect(walk(doc, boxes, "b", "right")).toBe("c");
    expect(walk(doc, boxes, "c", "down")).toBe("d");
    expect(walk(doc, boxes, "d", "up")).toBe("b");
    expect(walk(doc, boxes, "a", "up")).toBe(START);
    expect(walk(doc, boxes, "gone", "up")).toBe(START);
    expect(walk(doc, boxes, "d", "down")).toBe(null);
});
