import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {
    animationFrame,
    click,
    dblclick,
    edit,
    press,
    queryAllTexts,
    queryFirst,
} from "@odoo/hoot-dom";
import {advanceTime} from "@odoo/hoot-mock";
import {browser} from "@web/core/browser/browser";
import {patchWithCleanup} from "@web/../tests/web_test_helpers";
import {
    card,
    defineBuilderModels,
    dragPointer,
    openBuilder,
    point,
    saved,
    server,
    step,
    threeSteps,
} from "./builder_test_helpers";

describe.current.tags("desktop");
defineBuilderModels();

beforeEach(() => {
    browser.localStorage.clear();
});

const said = () => queryFirst(".o_hcw_live").textContent.trim();
const names = () => Object.values(server.doc.steps).map(({name}) => name);

test("an empty canvas says how to begin, and makes a row with the first step", async () => {
    await openBuilder();
    expect(".o_hcw_empty").toHaveCount(1);
    expect(".o_hcw_publish").not.toBeEnabled();
    expect(server.asked).toEqual([]);
    await click(".o_hcw_first");
    await animationFrame();
    await press("Enter");
    await animationFrame();
    await saved();
    expect(server.asked).toEqual(["create", "save"]);
    expect(".o_hcw_empty").toHaveCount(0);
    expect(server.doc.start).toBe(Object.keys(server.doc.steps)[0]);
    expect(names()).toEqual(["Message"]);
    expect(".o_hcw_save").toHaveText("Saved");
});

test("a new workflow that is only named is saved, and has no step yet", async () => {
    await openBuilder();
    await click(".o_hcw_title_input");
    await edit("Birthdays");
    await press("Enter");
    await animationFrame();
    await saved();
    expect(server.asked).toEqual(["create"]);
    expect(".o_hcw_save").toHaveText("Saved");
    expect(".o_hcw_empty").toHaveCount(1);
});

test("a click in the palette adds after what is selected", async () => {
    await openBuilder({doc: threeSteps()});
    await click(card("c"));
    await animationFrame();
    await click("[data-kind=survey]");
    await animationFrame();
    await saved();
    const key = Object.keys(server.doc.steps).find((one) => !["a", "b", "c"].includes(one));
    expect(server.doc.steps.c.next).toEqual({sent: [key]});
    expect(server.doc.steps[key].y).toBeGreaterThan(server.doc.steps.c.y);
    // and between, where something follows already
    await click(card("a"));
    await animationFrame();
    await click("[data-kind=wait]");
    await animationFrame();
    await saved();
    const [between] = server.doc.steps.a.next.sent;
    expect(server.doc.steps[between].next).toEqual({done: ["b"]});
    expect(server.doc.steps.b.y).toBeGreaterThan(300);
});

test("the usual way goes straight down, others go aside; names stay apart", async () => {
    await openBuilder({doc: {start: "a", steps: {a: step("message", "Message", 200, 120)}}});
    for (const kind of ["message", "care_task"]) {
        await click(card("a"));
        await animationFrame();
        await click(`[data-kind=${kind}]`);
        await animationFrame();
    }
    await saved();
    const {a, ...others} = server.doc.steps;
    const [down, aside] = Object.values(others);
    expect([down.name, down.x]).toEqual(["Message 2", a.x]);
    expect(a.next.suppressed).toHaveLength(1);
    expect(aside.x).toBeGreaterThan(a.x + 264);
    expect(aside.y).toBe(down.y);
});

test("typing narrows the palette down", async () => {
    await openBuilder();
    await click(".o_hcw_palette input");
    await press("s");
    await press("u");
    await press("r");
    await animationFrame();
    expect(queryAllTexts(".o_hcw_palette_label")).toEqual(["Survey"]);
});

test("a kind is dragged onto the canvas, and onto an arrow", async () => {
    await openBuilder({doc: threeSteps()});
    const canvas = queryFirst(".o_hcw_canvas");
    const rect = canvas.getBoundingClientRect();
    const item = queryFirst("[data-kind=end]");
    const drop = async (x, y) => {
        await point(item, "pointerdown", {x: 20, y: 20});
        await point(window, "pointermove", {x: rect.x + x - 5, y: rect.y + y});
        await point(window, "pointermove", {x: rect.x + x, y: rect.y + y});
        await point(window, "pointerup", {x: rect.x + x, y: rect.y + y});
        await animationFrame();
    };
    await drop(rect.width - 20, 30);
    await saved();
    expect(Object.keys(server.doc.steps)).toHaveLength(4);
    const line = queryFirst('[data-arrow="b done c"] .o_hcw_arrow_line').getBoundingClientRect();
    await drop(line.x + line.width / 2 - rect.x, line.y + line.height / 2 - rect.y);
    await saved();
    expect(Object.keys(server.doc.steps)).toHaveLength(5);
    expect(server.doc.steps.b.next.done).not.toEqual(["c"]);
    await drop(-40, 30);
    await saved();
    expect(Object.keys(server.doc.steps)).toHaveLength(5);
    await click(item);
    await animationFrame();
    await saved();
    expect(Object.keys(server.doc.steps)).toHaveLength(6);
});

test("cards are moved by the pointer, and only their places are saved", async () => {
    await openBuilder({doc: threeSteps()});
    await dragPointer(`${card("b")} .o_hcw_name`, {dx: 80, dy: 40});
    expect(".o_hcw_save").toHaveText("Saving…");
    await saved();
    expect(server.asked).toEqual(["place"]);
    expect(server.doc.steps.b.x).toBeGreaterThan(200);
    expect(server.doc.steps.a.x).toBe(200);
    const from = queryFirst('[data-arrow="b done c"] path').getAttribute("d");
    expect(from).toMatch(new RegExp(`^M${server.doc.steps.b.x + 132},`));
});

test("several cards move together", async () => {
    await openBuilder({doc: threeSteps()});
    await click(`${card("a")} .o_hcw_name`);
    await animationFrame();
    await click(`${card("c")} .o_hcw_name`, {ctrlKey: true});
    await point(queryFirst(card("c")), "pointerup", {x: 0, y: 0});
    await animationFrame();
    await press(["ctrl", "a"]);
    await animationFrame();
    expect(".o_hcw_card.o_hcw_selected").toHaveCount(3);
    await dragPointer(`${card("a")} .o_hcw_name`, {dx: 32, dy: 0});
    await saved();
    const {a, b, c} = server.doc.steps;
    expect([b.x - a.x, c.x - a.x]).toEqual([0, 0]);
    expect(a.x).toBeGreaterThan(200);
});

test("a drag from a port connects, or asks which step comes there", async () => {
    await openBuilder({doc: threeSteps()});
    await dragPointer(`${card("a")} [data-port=suppressed]`, card("c"));
    await saved();
    expect(server.doc.steps.a.next).toEqual({sent: ["b"], suppressed: ["c"]});
    await dragPointer(`${card("c")} [data-port=sent]`, {dx: 150, dy: 60});
    expect(".o_hcw_pick_list").toHaveCount(1);
    await press("ArrowDown");
    await animationFrame();
    await press("Enter");
    await animationFrame();
    await saved();
    const [added] = server.doc.steps.c.next.sent;
    expect(server.doc.steps[added].kind).toBe("wait");
});

test("near the rim the view moves along, but not away from the card one has reached", async () => {
    const builder = await openBuilder({doc: threeSteps()});
    const {width, height} = builder.canvas.size;
    const drawArrow = async (end) => {
        const box = builder.canvas.onPage(end);
        const port = queryFirst(`${card("a")} [data-port=suppressed]`);
        const from = port.getBoundingClientRect();
        const before = {...builder.canvas.view};
        await point(port, "pointerdown", from);
        for (let frame = 0; frame < 4; frame++) {
            await point(port, "pointermove", box);
            await animationFrame();
        }
        await point(port, "pointerup", box);
        await animationFrame();
        return [before, builder.canvas.view];
    };
    const [before, after] = await drawArrow({x: width - 4, y: height / 2});
    expect(after.x).toBeLessThan(before.x);
    await press("Escape");
    await animationFrame();
    const {c} = builder.drawing.boxes;
    builder.canvas.setView({zoom: 1, x: 100 - c.x, y: height - 20 - c.y});
    const [still, end] = await drawArrow({x: 200, y: height - 10});
    expect(end).toEqual(still);
    await saved();
    expect(server.doc.steps.a.next.suppressed).toEqual(["c"]);
});

test("an arrow is chosen and removed; that of the start stays", async () => {
    await openBuilder({doc: threeSteps()});
    await click('[data-arrow="b done c"] .o_hcw_arrow_hit');
    await animationFrame();
    expect(".o_hcw_arrow.o_hcw_selected").toHaveCount(1);
    await press("Delete");
    await animationFrame();
    await saved();
    expect(server.doc.steps.b.next).toEqual({});
    await click('[data-arrow="start start a"] .o_hcw_arrow_hit');
    await animationFrame();
    await press("Delete");
    await animationFrame();
    expect(said()).toMatch(/starts somewhere/);
    expect(".o_hcw_arrow").toHaveCount(2);
});

test("changes are undone and done again", async () => {
    await openBuilder({doc: threeSteps()});
    await click(card("b"));
    await animationFrame();
    await press("Delete");
    await animationFrame();
    await saved();
    expect(Object.keys(server.doc.steps)).toEqual(["a", "c"]);
    expect(server.doc.steps.a.next).toEqual({sent: ["c"]});
    await press(["ctrl", "z"]);
    await animationFrame();
    await saved();
    expect(server.doc.steps.b.values).toEqual({known: true});
    expect(server.doc.steps.a.next).toEqual({sent: ["b"]});
    await press(["ctrl", "y"]);
    await animationFrame();
    await saved();
    expect(Object.keys(server.doc.steps)).toEqual(["a", "c"]);
    await press(["ctrl", "y"]);
    await animationFrame();
    expect(said()).toMatch(/nothing to do again/);
});

test("the keyboard does it all: walk, add, connect, rename, move", async () => {
    await openBuilder({doc: threeSteps()});
    expect(card("start")).toBeFocused();
    await press("ArrowDown");
    await animationFrame();
    await press("ArrowDown");
    await animationFrame();
    expect(card("b")).toBeFocused();
    expect(card("b")).toHaveAttribute(
        "aria-label",
        "Step 2 of 3, Wait: Three days. Comes after Hello on “Sent”. Leads to Goodbye on “Done”.",
    );
    await press("n");
    await animationFrame();
    for (const key of "surv") {
        await press(key);
    }
    await animationFrame();
    await press("Enter");
    await animationFrame();
    await animationFrame();
    await saved();
    const added = server.doc.steps.b.next.done[0];
    expect(server.doc.steps[added]).toMatchObject({kind: "survey", next: {answered: ["c"]}});
    expect(card(added)).toBeFocused();
    await press("c");
    await animationFrame();
    await press("ArrowDown");
    await animationFrame();
    await press("Enter");
    await animationFrame();
    for (const key of "hell") {
        await press(key);
    }
    await animationFrame();
    await press("Enter");
    await animationFrame();
    expect(said()).toBe("Connected: Survey to Hello.");
    await press("F2");
    await animationFrame();
    expect(".o_hcw_name_input").toBeFocused();
    queryFirst(".o_hcw_name_input").value = "How was it?";
    await press("Enter");
    await animationFrame();
    await press(["alt", "ArrowRight"]);
    await animationFrame();
    await saved();
    expect(server.doc.steps[added].next).toEqual({answered: ["c"], no_answer: ["a"]});
    expect(server.doc.steps[added].name).toBe("How was it?");
});

test("escape leaves a menu without a change, and the focus where it was", async () => {
    await openBuilder({doc: threeSteps()});
    await press("ArrowDown");
    await animationFrame();
    await press("n");
    await animationFrame();
    await press("Escape");
    await animationFrame();
    expect(".o_hcw_pick_list").toHaveCount(0);
    expect(card("a")).toBeFocused();
    expect(Object.keys(server.doc.steps)).toHaveLength(3);
});

test("a step is renamed by a double click", async () => {
    await openBuilder({doc: threeSteps()});
    await dblclick(`${card("a")} .o_hcw_name`);
    await animationFrame();
    expect(".o_hcw_name_input").toHaveValue("Hello");
});

test("steps are copied, pasted and duplicated", async () => {
    patchWithCleanup(navigator.clipboard, {writeText: async () => {}, readText: async () => ""});
    await openBuilder({doc: threeSteps()});
    await click(card("a"));
    await animationFrame();
    await press(["ctrl", "c"]);
    await animationFrame();
    await animationFrame();
    expect(said()).toBe("Copied: Hello.");
    const paste = new ClipboardEvent("paste", {bubbles: true, cancelable: true});
    queryFirst(card("a")).dispatchEvent(paste);
    await animationFrame();
    await animationFrame();
    await animationFrame();
    expect(said()).toBe("Pasted: Hello.");
    expect(`${card("ap")}.o_hcw_selected`).toHaveCount(1);
    await press(["ctrl", "z"]);
    await animationFrame();
    await saved();
    expect(Object.keys(server.doc.steps)).toEqual(["a", "b", "c"]);
    await click(card("b"));
    await animationFrame();
    await press(["ctrl", "d"]);
    await animationFrame();
    await saved();
    expect(names().filter((name) => name === "Three days")).toHaveLength(2);
});

test("a search goes from hit to hit, by name, kind and what a step does", async () => {
    await openBuilder({doc: threeSteps()});
    await press("/");
    await animationFrame();
    for (const key of "mess") {
        await press(key);
    }
    await animationFrame();
    expect(".o_hcw_search_count").toHaveText("1 / 2");
    expect(`${card("a")}.o_hcw_selected`).toHaveCount(1);
    await press("Enter");
    await animationFrame();
    expect(`${card("c")}.o_hcw_selected`).toHaveCount(1);
    await press("Escape");
    await animationFrame();
    expect(".o_hcw_search").toHaveCount(0);
});

test("the wheel moves the view, and zooms at the pointer with Ctrl", async () => {
    const builder = await openBuilder({doc: threeSteps()});
    const before = {...builder.canvas.view};
    const wheel = (init) =>
        queryFirst(".o_hcw_canvas").dispatchEvent(
            new WheelEvent("wheel", {bubbles: true, cancelable: true, ...init}),
        );
    wheel({deltaY: 50});
    expect(builder.canvas.view.y).toBe(before.y - 50);
    wheel({deltaY: -50, ctrlKey: true});
    expect(builder.canvas.view.zoom).toBeGreaterThan(before.zoom);
});

test("a rectangle selects the cards in it", async () => {
    await openBuilder({doc: threeSteps()});
    const canvas = queryFirst(".o_hcw_canvas");
    const {x, y, width, height} = canvas.getBoundingClientRect();
    await point(canvas, "pointerdown", {x: x + 2, y: y + 2}, {shiftKey: true});
    await point(canvas, "pointermove", {x: x + width - 2, y: y + height - 2}, {shiftKey: true});
    await animationFrame();
    await point(canvas, "pointerup", {x: x + width - 2, y: y + height - 2}, {shiftKey: true});
    await animationFrame();
    expect(".o_hcw_selected").toHaveCount(3);
});

test("steps without a place are laid out, and stay where they are put", async () => {
    const doc = threeSteps();
    Object.values(doc.steps).forEach((one) => Object.assign(one, {x: null, y: null}));
    await openBuilder({doc});
    await saved();
    expect(server.asked).toEqual(["place"]);
    expect(server.doc.steps.a.y).toBeLessThan(server.doc.steps.b.y);
});

test("numbers of patients are shown and asked for, once there is a version", async () => {
    await openBuilder({
        doc: threeSteps(),
        version: 2,
        counts: {b: {waiting: 12, done: 3, dropped: 0}},
    });
    expect(`${card("b")} .o_hcw_count_waiting`).toHaveText("12");
    expect(`${card("b")} .o_hcw_count_dropped`).not.toBeEnabled();
    server.counts = {b: {waiting: 11, done: 4, dropped: 0}};
    await advanceTime(15000);
    await animationFrame();
    expect(`${card("b")} .o_hcw_count_waiting`).toHaveText("11");
    await click(`${card("b")} .o_hcw_count_waiting`);
    await animationFrame();
    await animationFrame();
    expect(server.asked.at(-1)).toBe("patients b waiting");
});

test("problems are on the step and in the toolbar, and keep from publishing", async () => {
    await openBuilder({
        doc: threeSteps(),
        problems: [{level: "error", text: "It has no template.", step: "a", section: "steps"}],
    });
    expect(`${card("a")} .o_hcw_badge_error`).toHaveText("1");
    expect(card("a")).toHaveAttribute("aria-label", /One problem: It has no template\.$/);
    expect(".o_hcw_publish").not.toBeEnabled();
});

test("what somebody else changed meanwhile is brought together with what one does", async () => {
    await openBuilder({doc: threeSteps()});
    server.doc.steps.a.name = "Good morning";
    server.revision++;
    await click(card("c"));
    await animationFrame();
    await press("Delete");
    await animationFrame();
    await saved();
    await saved();
    expect(names()).toEqual(["Good morning", "Three days"]);
    expect(`${card("a")} .o_hcw_name`).toHaveText("Good morning");
});

test("who may not change a workflow can look at it", async () => {
    await openBuilder({doc: threeSteps(), canEdit: false});
    expect(".o_hcw_palette").toHaveCount(0);
    await click(card("b"));
    await animationFrame();
    await press("Delete");
    await press("n");
    await animationFrame();
    await dragPointer(`${card("b")} .o_hcw_name`, {dx: 80, dy: 40});
    await saved();
    expect(server.asked).toEqual([]);
    expect(".o_hcw_card").toHaveCount(4);
});

test("a card shows the outcomes one uses; the others are behind a button", async () => {
    const doc = threeSteps();
    doc.steps.c = step("message", "Goodbye", 200, 480, {replied: ["b"]});
    await openBuilder({doc});
    expect(queryAllTexts(`${card("a")} .o_hcw_port_label`)).toEqual(["Sent", "Not sent"]);
    expect(queryAllTexts(`${card("c")} .o_hcw_port_label`)).toEqual([
        "Sent",
        "Not sent",
        "Replied",
    ]);
    await click(`${card("a")} .o_hcw_more`);
    await animationFrame();
    expect(queryAllTexts(".o_hcw_pick_list .o_hcw_item_label")).toEqual(["Failed", "Replied"]);
});

test("all keys are on a sheet", async () => {
    await openBuilder({doc: threeSteps()});
    await press("?");
    await animationFrame();
    expect(".o_hcw_shortcuts").toHaveCount(1);
    await press("Escape");
    await animationFrame();
    expect(".o_hcw_shortcuts").toHaveCount(0);
    expect(card("start")).toBeFocused();
});
