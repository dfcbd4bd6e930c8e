import {describe, expect, test} from "@odoo/hoot";
import {
    START,
    addStep,
    arrow,
    arrowsOf,
    connect,
    disconnect,
    duplicateSteps,
    emptyDocument,
    freeName,
    insertOnArrow,
    lastAfter,
    merge,
    movesBetween,
    moveSteps,
    newKey,
    onlyMoved,
    portsOf,
    readingOrder,
    removeSteps,
    renameStep,
    setStart,
    usualOutcome,
} from "@healthcare_crm_followup/workflow_builder/document";

describe.current.tags("headless");

const SENT = [
    ["sent", "Sent"],
    ["suppressed", "Not sent"],
    ["failed", "Failed"],
    ["opened", "Opened"],
];
const DONE = [["done", "Done"]];

function step(kind, next = {}, more = {}) {
    return {kind, name: kind, x: 0, y: 0, values: {}, next, ...more};
}

/** a → b → c, with a second path a → d */
function chain() {
    return {
        start: "a",
        steps: {
            a: step("message", {sent: ["b"], suppressed: ["d"]}),
            b: step("wait", {done: ["c"]}),
            c: step("end"),
            d: step("care_task"),
        },
    };
}

test("the first step is the start", () => {
    let doc = addStep(emptyDocument(), "a", {kind: "wait", name: "Wait"});
    doc = addStep(doc, "b", {kind: "end", name: "End"});
    expect(doc.start).toBe("a");
    expect(doc.steps.a).toEqual({
        kind: "wait",
        name: "Wait",
        x: null,
        y: null,
        values: {},
        next: {},
    });
    expect(Object.keys(doc.steps)).toEqual(["a", "b"]);
});

test("a new key is one no step has", () => {
    const numbers = [0.5, 0.5, 0.25];
    const taken = newKey(emptyDocument(), () => 0.5);
    const key = newKey({steps: {[taken]: {}}}, () => numbers.shift());
    expect(key).not.toBe(taken);
    expect(key).toMatch(/^n[0-9a-z]+$/);
});

test("arrows are read with that of the start first", () => {
    const doc = chain();
    expect(arrowsOf(doc).map(({id}) => id)).toEqual([
        "start start a",
        "a sent b",
        "a suppressed d",
        "b done c",
    ]);
});

test("connecting draws an arrow once, and never to itself", () => {
    const doc = chain();
    const both = connect(doc, "b", "done", "d");
    expect(both.steps.b.next).toEqual({done: ["c", "d"]});
    expect(connect(both, "b", "done", "d")).toBe(both);
    expect(connect(doc, "b", "done", "b")).toBe(doc);
    expect(connect(doc, START, START, "b").start).toBe("b");
    expect(doc).toEqual(chain());
});

test("disconnecting leaves no empty outcome", () => {
    const doc = disconnect(chain(), "b", "done", "c");
    expect(doc.steps.b.next).toEqual({});
    expect(disconnect(doc, "b", "done", "c")).toBe(doc);
    expect(disconnect(doc, START, START, "a")).toBe(doc);
});

test("a step inserted on an arrow stands between its ends", () => {
    const inserted = insertOnArrow(
        connect(chain(), "b", "done", "d"),
        arrow("b", "done", "c"),
        "n",
        {kind: "wait", name: "Wait"},
        "done",
    );
    expect(inserted.steps.b.next).toEqual({done: ["n", "d"]});
    expect(inserted.steps.n.next).toEqual({done: ["c"]});
    const first = insertOnArrow(
        chain(),
        arrow(START, START, "a"),
        "n",
        {kind: "wait", name: "Wait"},
        "done",
    );
    expect(first.start).toBe("n");
    expect(first.steps.n.next).toEqual({done: ["a"]});
});

test("what came before a removed step leads to what came after", () => {
    const doc = removeSteps(chain(), ["b"]);
    expect(doc.steps.a.next).toEqual({sent: ["c"], suppressed: ["d"]});
    expect(Object.keys(doc.steps)).toEqual(["a", "c", "d"]);
    const forked = removeSteps(chain(), ["a"]);
    expect(forked.start).toBe(null);
    expect(removeSteps(chain(), ["b", "c"]).steps.a.next).toEqual({suppressed: ["d"]});
});

test("a step whose circle is cut does not lead to itself", () => {
    const doc = {
        start: "a",
        steps: {a: step("wait", {done: ["b"]}), b: step("wait", {done: ["a"]})},
    };
    expect(removeSteps(doc, ["b"]).steps.a.next).toEqual({});
});

test("moving, renaming and the start change only what they say", () => {
    const doc = chain();
    const moved = moveSteps(doc, {b: [8, 16]});
    expect([moved.steps.b.x, moved.steps.b.y]).toEqual([8, 16]);
    expect(moved.steps.a).toBe(doc.steps.a);
    expect(moveSteps(moved, {b: [8, 16], gone: [1, 1]})).toBe(moved);
    expect(renameStep(doc, "b", "Three days").steps.b.name).toBe("Three days");
    expect(renameStep(doc, "b", "")).toBe(doc);
    expect(setStart(doc, "gone")).toBe(doc);
});

test("duplicates keep the arrows between them", () => {
    const doc = duplicateSteps(chain(), {a: "x", b: "y"}, 10, 20);
    expect(doc.steps.x.next).toEqual({sent: ["y"]});
    expect(doc.steps.y.next).toEqual({});
    expect([doc.steps.y.x, doc.steps.y.y]).toEqual([10, 20]);
});

test("a card shows usual and connected outcomes, and those with a name of their own", () => {
    const shown = (one, outcomes) => portsOf(one, outcomes).shown.map(([code]) => code);
    expect(shown(step("message"), SENT)).toEqual(["sent", "suppressed"]);
    expect(portsOf(step("message"), SENT).hidden).toBe(2);
    expect(shown(step("message", {opened: ["b"]}), SENT)).toEqual(["sent", "suppressed", "opened"]);
    expect(shown(step("message"), [...SENT, ["reply1", "Yes"]])).toInclude("reply1");
    const split = [
        ["way1", "A"],
        ["way2", "B"],
        ["holdout", "Left out"],
    ];
    expect(shown(step("split"), split)).toEqual(["way1", "way2"]);
});

test("one goes on from the usual outcome; people call those a message did not reach", () => {
    expect(usualOutcome(step("message"), SENT)).toBe("sent");
    expect(usualOutcome(step("message"), SENT, "care_task")).toBe("suppressed");
    expect(usualOutcome(step("message", {suppressed: ["b"]}), SENT, "care_task")).toBe("sent");
    expect(usualOutcome(step("wait"), DONE)).toBe("done");
    expect(usualOutcome(step("end"), [])).toBe(null);
});

test("steps are read along the arrows, and those nothing leads to last", () => {
    const doc = addStep(chain(), "z", {kind: "end", name: "Alone"});
    expect(readingOrder(doc)).toEqual(["a", "b", "c", "d", "z"]);
    const outcomes = {a: SENT, b: DONE, c: [], d: DONE};
    expect(lastAfter(doc, "a", (key) => outcomes[key])).toBe("c");
    const circle = connect(disconnect(doc, "b", "done", "c"), "b", "done", "a");
    expect(lastAfter(circle, "a", (key) => outcomes[key])).toBe("b");
});

test("moves are told from other changes", () => {
    const doc = chain();
    const moved = moveSteps(doc, {b: [8, 16]});
    expect(onlyMoved(doc, moved)).toBe(true);
    expect(onlyMoved(doc, renameStep(moved, "b", "Other"))).toBe(false);
    expect(onlyMoved(doc, removeSteps(doc, ["d"]))).toBe(false);
    expect(movesBetween(doc, moved)).toEqual({b: [8, 16]});
});

test("changes made here and elsewhere come together", () => {
    const base = chain();
    const here = moveSteps(base, {a: [50, 50]});
    const there = addStep(renameStep(base, "a", "Hello"), "n", {kind: "end", name: "New"});
    const {doc, clash} = merge(base, here, there);
    expect(clash).toBe(false);
    expect([doc.steps.a.name, doc.steps.a.x]).toEqual(["Hello", 50]);
    expect(Object.keys(doc.steps)).toInclude("n");
    expect(doc.steps.b).toBe(here.steps.b);
});

test("a change of the same thing on both sides is a clash", () => {
    const base = chain();
    const both = merge(base, renameStep(base, "a", "Mine"), renameStep(base, "a", "Theirs"));
    expect([both.clash, both.doc.steps.a.name]).toEqual([true, "Mine"]);
    const gone = merge(base, removeSteps(base, ["d"]), renameStep(base, "d", "Theirs"));
    expect(gone.clash).toBe(true);
});

test("no arrow is left to a step that went on the other side", () => {
    const base = chain();
    const {doc, clash} = merge(base, connect(base, "b", "done", "d"), removeSteps(base, ["d"]));
    expect(clash).toBe(false);
    expect(doc.steps.b.next).toEqual({done: ["c"]});
});

test("a name that is taken gets a number", () => {
    const doc = {start: null, steps: {a: step("wait"), b: step("wait", {}, {name: "wait 2"})}};
    expect(freeName(doc, "call")).toBe("call");
    expect(freeName(doc, "wait")).toBe("wait 3");
});
