import {START, targetsOf} from "./document";
import {nextBox} from "./geometry";

/**
 * The card an arrow key leads to from another one: along the arrows up and down, to the nearest
 * card aside; where there is no arrow, to the nearest card in that direction.
 *
 * @param {Object} doc
 * @param {Object} boxes {key: box}, that of the start included
 * @param {string} from
 * @param {"up"|"down"|"left"|"right"} direction
 * @returns {string|null}
 */
export function walk(doc, boxes, from, direction) {
    if (!boxes[from]) {
        return START;
    }
    if (direction === "down") {
        const next =
            from === START
                ? targetsOf(doc, START)
                : Object.values(doc.steps[from].next)
                      .flat()
                      .filter((key) => boxes[key].y > boxes[from].y);
        if (next.length) {
            return leftmost(boxes, next);
        }
    }
    if (direction === "up") {
        const before = comingTo(doc, from).filter((key) => boxes[key].y < boxes[from].y);
        if (before.length) {
            return leftmost(boxes, before);
        }
    }
    return nextBox(boxes, from, direction);
}

/** The keys from which arrows lead to `key`. */
export function comingTo(doc, key) {
    const found = Object.keys(doc.steps).filter((other) =>
        Object.values(doc.steps[other].next).some((targets) => targets.includes(key)),
    );
    return doc.start === key ? [START, ...found] : found;
}

function leftmost(boxes, keys) {
    return keys.reduce((best, key) => (boxes[key].x < boxes[best].x ? key : best));
}
