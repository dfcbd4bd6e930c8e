import {START, arrowsOf, portsOf} from "./document";
import {CARD, START_CARD, GAP, cardSize, clearCourse, entry, portOffsets} from "./geometry";

/** What a card of a step shows of its outcomes, and how big it is. */
function cardOf(key, step, outcomes, counts) {
    const {shown, hidden} = portsOf(step, outcomes);
    const size = cardSize(shown.length, hidden > 0, counts);
    const offsets = portOffsets(size.width, shown.length, hidden > 0);
    const ports = shown.map(([code, label], index) => ({
        code,
        label,
        offset: offsets[index],
        isFree: !step.next[code]?.length,
        isOnly: outcomes.length === 1,
    }));
    return {key, step, outcomes, counts, ports, hidden, ...size};
}

/**
 * Everything on the canvas and where: cards, boxes and arrows with their courses.
 *
 * @param {Object} doc in which every step has a place
 * @param {(key: string) => [string, string][]} outcomesOf
 * @param {boolean} counts whether cards show numbers of patients
 * @param {Object} [former] the drawing before; what did not change is taken from there
 */
export function drawingOf(doc, outcomesOf, counts, former) {
    const cards = {};
    const boxes = {};
    for (const [key, step] of Object.entries(doc.steps)) {
        const outcomes = outcomesOf(key);
        const old = former?.cards[key];
        cards[key] =
            old && old.step === step && old.outcomes === outcomes && old.counts === counts
                ? old
                : cardOf(key, step, outcomes, counts);
        const {width, height} = cards[key];
        boxes[key] = {x: step.x, y: step.y, width, height};
    }
    boxes[START] = startBox(doc, boxes);
    const obstacles = Object.values(boxes);
    const arrows = arrowsOf(doc);
    const courses = {};
    for (const one of arrows) {
        const [from, to] = endsOf(one, cards, boxes);
        courses[one.id] = clearCourse(from, to, obstacles);
    }
    return {cards, boxes, arrows, courses};
}

/** The size of the card of a step, before it has a place. */
export function sizeOf(step, outcomes, counts) {
    const {shown, hidden} = portsOf(step, outcomes);
    return cardSize(shown.length, hidden > 0, counts);
}

/** The card of the start stands above the first step, and goes where that goes. */
function startBox(doc, boxes) {
    const first = boxes[doc.start] || Object.values(boxes)[0];
    if (!first) {
        return {x: 0, y: 0, ...START_CARD};
    }
    return {
        x: first.x + (first.width - START_CARD.width) / 2,
        y: first.y - START_CARD.height - GAP.y,
        ...START_CARD,
    };
}

/** Where an arrow begins and ends. */
export function endsOf({from, outcome, to}, cards, boxes) {
    return [exitPoint(from, outcome, cards, boxes), entry(boxes[to])];
}

/** Where the arrows of an outcome begin. */
export function exitPoint(from, outcome, cards, boxes) {
    const box = boxes[from];
    if (from === START) {
        return {x: box.x + box.width / 2, y: box.y + box.height};
    }
    const port = cards[from].ports.find(({code}) => code === outcome);
    const offset = port ? port.offset : box.width - CARD.more / 2 - 8;
    return {x: box.x + offset, y: box.y + box.height + CARD.chip / 2};
}
