import {describe, expect, test} from "@odoo/hoot";
import {
    GAP,
    CARD,
    ZOOM,
    around,
    arrowAt,
    between,
    cardSize,
    centred,
    clearCourse,
    course,
    fitView,
    freePlace,
    nextBox,
    overlaps,
    pointAt,
    portOffsets,
    revealing,
    samples,
    toCanvas,
    toPath,
    toScreen,
    zoomAt,
} from "@healthcare_crm_followup/workflow_builder/geometry";

describe.current.tags("headless");

const box = (x, y, width = 100, height = 50) => ({x, y, width, height});
const VIEW = {x: 30, y: -20, zoom: 0.5};
const SIZE = {width: 800, height: 600};

test("a card is as wide as its ports need", () => {
    expect(cardSize(1, false, false)).toEqual({width: CARD.width, height: CARD.height});
    expect(cardSize(6, true, true).width).toBeGreaterThan(6 * CARD.port);
    const offsets = portOffsets(300, 3, true);
    expect(offsets).toHaveLength(3);
    expect(offsets[2]).toBeLessThan(300 - CARD.more);
});

test("points go to the screen and back", () => {
    const point = {x: 12, y: 34};
    expect(toCanvas(VIEW, toScreen(VIEW, point))).toEqual(point);
});

test("zooming keeps the point under the pointer, within bounds", () => {
    const pointer = {x: 200, y: 100};
    const zoomed = zoomAt(VIEW, pointer, 1.5);
    expect(toCanvas(zoomed, pointer)).toEqual(toCanvas(VIEW, pointer));
    expect(zoomAt(VIEW, pointer, 1000).zoom).toBe(ZOOM.max);
    expect(zoomAt(VIEW, pointer, 0.0001).zoom).toBe(ZOOM.min);
});

test("a fitting view shows everything; a tall one begins at its top", () => {
    const small = fitView(box(0, 0), SIZE);
    expect(small.zoom).toBe(1);
    expect(toScreen(small, {x: 50, y: 25})).toEqual({x: 400, y: 65});
    const tall = fitView(box(0, 0, 200, 5000), SIZE, {readable: 0.7});
    expect(tall.zoom).toBe(0.7);
    expect(toScreen(tall, {x: 0, y: 0}).y).toBe(40);
});

test("revealing moves the view no further than it must", () => {
    const view = {x: 0, y: 0, zoom: 1};
    expect(revealing(view, box(100, 100), SIZE)).toEqual(view);
    expect(revealing(view, box(780, 100), SIZE).x).toBe(800 - 32 - 880);
    expect(revealing(view, box(-50, 100), SIZE).x).toBe(82);
    expect(toScreen(centred(view, box(1000, 1000), SIZE), {x: 1050, y: 1025})).toEqual({
        x: 400,
        y: 300,
    });
});

test("boxes", () => {
    expect(overlaps(box(0, 0), box(99, 49))).toBe(true);
    expect(overlaps(box(0, 0), box(100, 0))).toBe(false);
    expect(around([box(0, 0), box(200, 100)])).toEqual(box(0, 0, 300, 150));
    expect(around([])).toBe(null);
    expect(between({x: 10, y: 20}, {x: 4, y: 30})).toEqual(box(4, 20, 6, 10));
    const left = freePlace(box(0, 0), [box(0, 0), box(-150, 0)], {toLeft: true});
    expect(left.x).toBe(-150 - GAP.x - 100);
    const free = freePlace(box(0, 0), [box(0, 0), box(150, 0)]);
    expect(free.x).toBeGreaterThan(250);
});

test("the next box lies in the direction, rather ahead than aside", () => {
    const boxes = {a: box(0, 0), b: box(0, 100), c: box(200, 0), d: box(200, 90)};
    expect(nextBox(boxes, "a", "down")).toBe("b");
    expect(nextBox(boxes, "a", "right")).toBe("c");
    expect(nextBox(boxes, "a", "up")).toBe(null);
});

test("an arrow downwards is one curve, upwards it goes around the side", () => {
    const down = course({x: 0, y: 0}, {x: 50, y: 200});
    expect(down).toHaveLength(4);
    expect(toPath(down)).toMatch(/^M0,0C0,100 50,100 50,200$/);
    const up = course({x: 0, y: 300}, {x: 0, y: 0});
    expect(Math.max(...up.map(({x}) => x))).toBeGreaterThan(CARD.width / 2);
    expect(pointAt(up, 0)).toEqual({x: 0, y: 300});
    expect(pointAt(up, 1)).toEqual({x: 0, y: 0});
});

test("an arrow goes around the cards between its ends", () => {
    const [from, to] = [
        {x: 50, y: 0},
        {x: 50, y: 600},
    ];
    const card = box(0, 250);
    const path = clearCourse(from, to, [card]);
    expect(path.length).toBeGreaterThan(4);
    for (const {x, y} of samples(path, 40)) {
        expect(x > card.x && x < card.x + 100 && y > card.y && y < card.y + 50).toBe(false);
    }
    expect(clearCourse(from, to, [box(300, 250)])).toHaveLength(4);
});

test("the arrow at a point is the nearest within reach", () => {
    const courses = {
        one: course({x: 0, y: 0}, {x: 0, y: 200}),
        two: course({x: 100, y: 0}, {x: 100, y: 200}),
    };
    expect(arrowAt(courses, {x: 90, y: 100})).toBe("two");
    expect(arrowAt(courses, {x: 50, y: 100})).toBe(null);
});
