/**
 * Where things are on the canvas: boxes {x, y, width, height} and points {x, y} in canvas pixels.
 *
 * The size of a card follows from what it shows, so that nothing has to be measured on the page.
 */

export const CARD = {width: 264, height: 92, counts: 26, port: 96, more: 30, chip: 22};
export const START_CARD = {width: 264, height: 76};
export const GAP = {x: 48, y: 72};
/** The map of the whole workflow, and how wide the canvas has to be to have room for it. */
export const MAP = {width: 176, height: 116, from: 700};
export const ZOOM = {min: 0.15, max: 2};

/**
 * The size of a card.
 *
 * @param {number} ports how many outcomes it shows
 * @param {boolean} more whether it has a "+" for the others
 * @param {boolean} counts whether it shows how many patients are there
 */
export function cardSize(ports, more, counts) {
    return {
        width: Math.max(CARD.width, ports * CARD.port + (more ? CARD.more : 0) + 16),
        height: CARD.height + (counts ? CARD.counts : 0),
    };
}

/** Where the ports of a card are, left to right: their centres, from its left edge. */
export function portOffsets(width, ports, more) {
    const room = width - 16 - (more ? CARD.more : 0);
    return Array.from({length: ports}, (_, index) => 8 + (room * (index + 0.5)) / ports);
}

/** Where arrows come in. */
export function entry(box) {
    return {x: box.x + box.width / 2, y: box.y};
}

// -------------------------------------------------------------- boxes

export function overlaps(one, other, margin = 0) {
    return (
        one.x < other.x + other.width + margin &&
        other.x < one.x + one.width + margin &&
        one.y < other.y + other.height + margin &&
        other.y < one.y + one.height + margin
    );
}

export function contains(box, point, margin = 0) {
    return (
        point.x >= box.x - margin &&
        point.x <= box.x + box.width + margin &&
        point.y >= box.y - margin &&
        point.y <= box.y + box.height + margin
    );
}

/** The box around `boxes`, or null. */
export function around(boxes) {
    if (!boxes.length) {
        return null;
    }
    const x = Math.min(...boxes.map((box) => box.x));
    const y = Math.min(...boxes.map((box) => box.y));
    return {
        x,
        y,
        width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
        height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
    };
}

/** The box between two corners. */
export function between(one, other) {
    return {
        x: Math.min(one.x, other.x),
        y: Math.min(one.y, other.y),
        width: Math.abs(one.x - other.x),
        height: Math.abs(one.y - other.y),
    };
}

/** Move `box` right, or left, until it is clear of `others`. */
export function freePlace(box, others, {toLeft = false, margin = 24} = {}) {
    const place = {...box};
    let blocking;
    while ((blocking = others.find((other) => overlaps(place, other, margin)))) {
        place.x = toLeft ? blocking.x - GAP.x - place.width : blocking.x + blocking.width + GAP.x;
    }
    return place;
}

/**
 * The next box in a direction: near, and rather straight ahead than aside.
 *
 * @param {Object} boxes {key: box}
 * @param {string} from key
 * @param {"up"|"down"|"left"|"right"} direction
 */
export function nextBox(boxes, from, direction) {
    const centre = (box) => ({x: box.x + box.width / 2, y: box.y + box.height / 2});
    const [dx, dy] = {up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0]}[direction];
    const here = centre(boxes[from]);
    let best = null;
    for (const [key, box] of Object.entries(boxes)) {
        const there = centre(box);
        const ahead = (there.x - here.x) * dx + (there.y - here.y) * dy;
        const aside = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
        if (key !== from && ahead > 4 && aside < 3 * ahead) {
            const cost = ahead + 2 * aside;
            if (!best || cost < best.cost) {
                best = {key, cost};
            }
        }
    }
    return best?.key || null;
}

// -------------------------------------------------------------- the view

/** The point of the canvas at a point of the screen; view = {x, y, zoom}. */
export function toCanvas(view, point) {
    return {x: (point.x - view.x) / view.zoom, y: (point.y - view.y) / view.zoom};
}

export function toScreen(view, point) {
    return {x: point.x * view.zoom + view.x, y: point.y * view.zoom + view.y};
}

export function clampZoom(zoom) {
    return Math.min(ZOOM.max, Math.max(ZOOM.min, zoom));
}

/** Zoom by `factor` so that what is at `point` of the screen stays there. */
export function zoomAt(view, point, factor) {
    const zoom = clampZoom(view.zoom * factor);
    const at = toCanvas(view, point);
    return {x: point.x - at.x * zoom, y: point.y - at.y * zoom, zoom};
}

/** The view that shows `box` whole, not enlarged, from its top; one that is too big for it at a readable size. */
export function fitView(box, size, {margin = 40, readable = 0} = {}) {
    const wanted = Math.min(
        1,
        (size.width - 2 * margin) / box.width,
        (size.height - 2 * margin) / box.height,
    );
    const zoom = clampZoom(Math.max(wanted, readable));
    const left = (size.width - box.width * zoom) / 2;
    return {zoom, x: left - box.x * zoom, y: margin - box.y * zoom};
}

/** The view nearest to `view` in which `box` is seen whole. */
export function revealing(view, box, size, margin = 32) {
    const topLeft = toScreen(view, box);
    const shift = (start, length, room) => {
        if (start < margin) {
            return margin - start;
        }
        return Math.max(Math.min(0, room - margin - length - start), margin - start);
    };
    return {
        zoom: view.zoom,
        x: view.x + shift(topLeft.x, box.width * view.zoom, size.width),
        y: view.y + shift(topLeft.y, box.height * view.zoom, size.height),
    };
}

export function centred(view, box, size) {
    return {
        zoom: view.zoom,
        x: size.width / 2 - (box.x + box.width / 2) * view.zoom,
        y: size.height / 2 - (box.y + box.height / 2) * view.zoom,
    };
}

// -------------------------------------------------------------- arrows
// An arrow's course is a chain of Bézier curves: [start, control, control, end, control, …].

/** The course of an arrow down from `from` to `to`, or around the side and up. */
export function course(from, to) {
    if (to.y > from.y + 24) {
        const bend = Math.min(120, Math.max(28, (to.y - from.y) / 2));
        return [from, {x: from.x, y: from.y + bend}, {x: to.x, y: to.y - bend}, to];
    }
    const side = Math.max(from.x, to.x) + CARD.width / 2 + 40;
    return throughLane(from, to, side);
}

/**
 * The course of an arrow that goes around the cards between its ends.
 *
 * @param {Object[]} obstacles boxes, those at its ends included
 */
export function clearCourse(from, to, obstacles) {
    const down = to.y > from.y + 24;
    const straight = course(from, to);
    const [top, bottom] = down ? [from.y + 12, to.y - 12] : [to.y - 12, from.y + 12];
    const inWay = obstacles.filter((box) => box.y < bottom && box.y + box.height > top);
    if (down && !samples(straight, 16).some((point) => hits(inWay, point))) {
        return straight;
    }
    const lanes = inWay.flatMap((box) => [box.x - 28, box.x + box.width + 28]);
    if (down) {
        lanes.push(from.x, to.x);
    }
    const free = lanes.filter(
        (x) => !inWay.some((box) => x > box.x - 12 && x < box.x + box.width + 12),
    );
    const cost = (x) => Math.abs(x - from.x) + Math.abs(x - to.x);
    const lane = free.sort((a, b) => cost(a) - cost(b))[0];
    return lane === undefined ? straight : throughLane(from, to, lane);
}

function hits(boxes, point) {
    return boxes.some((box) => contains(box, point, 6));
}

/** Leave below, run along the vertical line at `x`, arrive from above. */
function throughLane(from, to, x) {
    const down = to.y > from.y + 24;
    const turn = Math.min(44, down ? (to.y - from.y) / 3 : 44);
    const out = {x, y: down ? from.y + 1.5 * turn : from.y};
    const back = {x, y: down ? to.y - 1.5 * turn : to.y};
    const lean = (out.y + back.y) / 2;
    return [
        from,
        {x: from.x, y: from.y + turn},
        {x, y: down ? out.y - turn / 2 : from.y + turn},
        out,
        {x, y: lean},
        {x, y: lean},
        back,
        {x, y: down ? back.y + turn / 2 : to.y - turn},
        {x: to.x, y: to.y - turn},
        to,
    ];
}

/** The "d" of an SVG path along a course. */
export function toPath(points) {
    const at = ({x, y}) => `${Math.round(x)},${Math.round(y)}`;
    let path = `M${at(points[0])}`;
    for (let index = 1; index < points.length; index += 3) {
        path += `C${at(points[index])} ${at(points[index + 1])} ${at(points[index + 2])}`;
    }
    return path;
}

/** The point of a course at `t`, 0 to 1. */
export function pointAt(points, t) {
    const curves = (points.length - 1) / 3;
    const index = Math.min(curves - 1, Math.floor(t * curves));
    const [a, b, c, d] = points.slice(3 * index, 3 * index + 4);
    const s = t * curves - index;
    const r = 1 - s;
    const mix = (axis) =>
        r * r * r * a[axis] +
        3 * r * r * s * b[axis] +
        3 * r * s * s * c[axis] +
        s * s * s * d[axis];
    return {x: mix("x"), y: mix("y")};
}

export function samples(points, count) {
    return Array.from({length: count + 1}, (_, index) => pointAt(points, index / count));
}

/** The id of the arrow that passes within `reach` of a point, or null; courses = {id: course}. */
export function arrowAt(courses, point, reach = 18) {
    let best = null;
    for (const [id, points] of Object.entries(courses)) {
        for (const sample of samples(points, 16)) {
            const distance = Math.hypot(sample.x - point.x, sample.y - point.y);
            if (distance < (best?.distance ?? reach)) {
                best = {id, distance};
            }
        }
    }
    return best?.id || null;
}
