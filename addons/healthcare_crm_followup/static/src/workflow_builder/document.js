/**
 * What can be done to a workflow's document: pure functions, document in, document out. What did
 * not change stays the same object, so that an undone change costs nothing and a card that did
 * not change is not drawn again.
 *
 * doc = {start: key|null, steps: {key: {kind, name, x, y, values, next: {outcome: [key, …]}}}}
 */

/** The place before the first step: where the arrow of the start comes from. */
export const START = "start";

/** The outcomes one usually goes on from, most usual first. */
const USUAL = {
    message: ["sent", "suppressed"],
    care_task: ["reached", "no_answer"],
    survey: ["answered", "red_flag", "no_answer"],
    workflow: ["done", "goal"],
    wait: ["done", "happened"],
};
/** What can come of many steps, but seldom needs an arrow; names an administrator gave do not. */
const RARE = new Set([
    ...["sent", "suppressed", "failed", "delivered", "opened", "clicked", "replied", "reached"],
    ...["confirmed", "rescheduled", "cancelled", "no_answer", "wrong_number", "timeout"],
    ...["answered", "red_flag", "done", "goal", "exited", "not_enrolled", "holdout"],
]);

export function emptyDocument() {
    return {start: null, steps: {}};
}

/** A key no step of `doc` has. */
export function newKey(doc, random = Math.random) {
    let key;
    do {
        key = `n${random().toString(36).slice(2, 9)}`;
    } while (key in doc.steps);
    return key;
}

/** `name`, or "name 2" and so on where steps of `doc` are called like that. */
export function freeName(doc, name) {
    const taken = new Set(Object.values(doc.steps).map((step) => step.name));
    let number = 1;
    let free = name;
    while (taken.has(free)) {
        free = `${name} ${++number}`;
    }
    return free;
}

// -------------------------------------------------------------- reading

/** Every arrow, that of the start first: [{id, from, outcome, to}, …]. */
export function arrowsOf(doc) {
    const arrows = [];
    if (doc.start && doc.steps[doc.start]) {
        arrows.push(arrow(START, START, doc.start));
    }
    for (const [from, step] of Object.entries(doc.steps)) {
        for (const [outcome, targets] of Object.entries(step.next)) {
            for (const to of targets) {
                if (doc.steps[to]) {
                    arrows.push(arrow(from, outcome, to));
                }
            }
        }
    }
    return arrows;
}

export function arrow(from, outcome, to) {
    return {id: `${from} ${outcome} ${to}`, from, outcome, to};
}

/** Where the outcome of a step leads to. */
export function targetsOf(doc, from, outcome) {
    if (from === START) {
        return doc.start ? [doc.start] : [];
    }
    return doc.steps[from]?.next[outcome] || [];
}

/**
 * The outcomes of a step a card shows, and how many more it has: those with an arrow, and the most
 * usual ones.
 *
 * @param {Object} step of the document
 * @param {[string, string][]} outcomes all of them, [code, label]
 */
export function portsOf(step, outcomes) {
    const few = outcomes.length <= 3;
    const usual = USUAL[step.kind] || [];
    const shown = outcomes.filter(
        ([code]) =>
            (few && code !== "holdout") ||
            usual.includes(code) ||
            !RARE.has(code) ||
            step.next[code]?.length,
    );
    return {shown, hidden: outcomes.length - shown.length};
}

/**
 * The outcome from which one more step most likely goes on.
 *
 * @param {Object} step of the document
 * @param {[string, string][]} outcomes
 * @param {string} [nextKind] what comes after: people call those whom a message did not reach
 */
export function usualOutcome(step, outcomes, nextKind) {
    const codes = outcomes.map(([code]) => code);
    if (step.kind === "message" && nextKind === "care_task" && !step.next.suppressed?.length) {
        return "suppressed";
    }
    return (USUAL[step.kind] || []).find((code) => codes.includes(code)) || codes[0] || null;
}

/** The keys in the order a reader follows them: along the arrows from the start, then the rest. */
export function readingOrder(doc) {
    const order = [];
    const seen = new Set();
    const visit = (first) => {
        const stack = [first];
        while (stack.length) {
            const key = stack.pop();
            if (seen.has(key) || !doc.steps[key]) {
                continue;
            }
            seen.add(key);
            order.push(key);
            stack.push(...Object.values(doc.steps[key].next).flat().reverse());
        }
    };
    visit(doc.start);
    Object.keys(doc.steps).forEach(visit);
    return order;
}

/** The last step of the usual path from `key`: where one more step would be added. */
export function lastAfter(doc, key, outcomesOf) {
    const seen = new Set();
    while (key && doc.steps[key] && !seen.has(key)) {
        seen.add(key);
        const step = doc.steps[key];
        const next = step.next[usualOutcome(step, outcomesOf(key))]?.[0];
        if (!next) {
            return key;
        }
        key = next;
    }
    return [...seen].at(-1) || null;
}

// -------------------------------------------------------------- changing

function withStep(doc, key, step) {
    return {...doc, steps: {...doc.steps, [key]: step}};
}

/** Put a new step into the document; the first one is where the workflow starts. */
export function addStep(doc, key, {kind, name, x = null, y = null, values = {}, next = {}}) {
    const added = withStep(doc, key, {kind, name, x, y, values, next});
    return doc.start ? added : {...added, start: key};
}

export function setStart(doc, key) {
    return doc.start === key || !doc.steps[key] ? doc : {...doc, start: key};
}

/** Draw an arrow; one that is there already stays. */
export function connect(doc, from, outcome, to) {
    if (from === START) {
        return setStart(doc, to);
    }
    const step = doc.steps[from];
    if (!step || !doc.steps[to] || from === to || step.next[outcome]?.includes(to)) {
        return doc;
    }
    const targets = [...(step.next[outcome] || []), to];
    return withStep(doc, from, {...step, next: {...step.next, [outcome]: targets}});
}

/** Take an arrow away; that of the start can only be led elsewhere. */
export function disconnect(doc, from, outcome, to) {
    const step = doc.steps[from];
    if (!step?.next[outcome]?.includes(to)) {
        return doc;
    }
    const next = {...step.next};
    next[outcome] = next[outcome].filter((key) => key !== to);
    if (!next[outcome].length) {
        delete next[outcome];
    }
    return withStep(doc, from, {...step, next});
}

/** Add a step between the two ends of an arrow; it goes on from `outcome` (null: it does not). */
export function insertOnArrow(doc, {from, outcome: before, to}, key, step, outcome) {
    const order = targetsOf(doc, from, before);
    let changed = addStep(doc, key, step);
    changed = disconnect(changed, from, before, to);
    changed = connect(changed, from, before, key);
    if (order.length > 1) {
        // the new step takes the place of the other in the order of the arrows
        const targets = order.map((one) => (one === to ? key : one));
        const source = changed.steps[from];
        changed = withStep(changed, from, {...source, next: {...source.next, [before]: targets}});
    }
    return outcome ? connect(changed, key, outcome, to) : changed;
}

/** Take steps away; where one led to a single other step, what came before it leads there now. */
export function removeSteps(doc, keys) {
    return keys.reduce(removeStep, doc);
}

function removeStep(doc, key) {
    if (!doc.steps[key]) {
        return doc;
    }
    const after = new Set(Object.values(doc.steps[key].next).flat());
    const heir = after.size === 1 ? [...after][0] : null;
    const steps = {};
    for (const [other, step] of Object.entries(doc.steps)) {
        if (other !== key) {
            steps[other] = withoutTarget(step, other, key, heir);
        }
    }
    return {...doc, steps, start: doc.start === key ? heir : doc.start};
}

function withoutTarget(step, own, key, heir) {
    if (!Object.values(step.next).some((targets) => targets.includes(key))) {
        return step;
    }
    const next = {};
    for (const [outcome, targets] of Object.entries(step.next)) {
        const left = targets
            .map((to) => (to === key ? heir : to))
            .filter((to, index, all) => to && to !== own && all.indexOf(to) === index);
        if (left.length) {
            next[outcome] = left;
        }
    }
    return {...step, next};
}

/** Put steps where `places` says: {key: [x, y]}. */
export function moveSteps(doc, places) {
    const steps = {...doc.steps};
    let moved = false;
    for (const [key, [x, y]] of Object.entries(places)) {
        const step = steps[key];
        if (step && (step.x !== x || step.y !== y)) {
            steps[key] = {...step, x, y};
            moved = true;
        }
    }
    return moved ? {...doc, steps} : doc;
}

export function renameStep(doc, key, name) {
    const step = doc.steps[key];
    return !step || !name || step.name === name ? doc : withStep(doc, key, {...step, name});
}

/** Double steps and the arrows between them; `keys` is {old: new}. */
export function duplicateSteps(doc, keys, dx, dy) {
    const steps = {...doc.steps};
    for (const [old, key] of Object.entries(keys)) {
        const step = doc.steps[old];
        const next = {};
        for (const [outcome, targets] of Object.entries(step.next)) {
            const inside = targets.filter((to) => keys[to]).map((to) => keys[to]);
            if (inside.length) {
                next[outcome] = inside;
            }
        }
        steps[key] = {...step, x: step.x + dx, y: step.y + dy, next};
    }
    return {...doc, steps};
}

// -------------------------------------------------------------- two states of one document

const PARTS = ["kind", "name", "x", "y", "values", "next"];

function same(one, other) {
    return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** Where the steps of `after` are that stand elsewhere in `before`: {key: [x, y]}. */
export function movesBetween(before, after) {
    const places = {};
    for (const [key, {x, y}] of Object.entries(after.steps)) {
        const old = before.steps[key];
        if (old && x !== null && (old.x !== x || old.y !== y)) {
            places[key] = [x, y];
        }
    }
    return places;
}

/** Whether nothing but positions differs. */
export function onlyMoved(before, after) {
    const keys = Object.keys(after.steps);
    return (
        before.start === after.start &&
        keys.length === Object.keys(before.steps).length &&
        keys.every((key) => {
            const old = before.steps[key];
            const step = after.steps[key];
            return (
                old &&
                (old === step ||
                    PARTS.every(
                        (part) => part === "x" || part === "y" || same(old[part], step[part]),
                    ))
            );
        })
    );
}

/**
 * Bring together what was changed here and elsewhere since `base`.
 *
 * @returns {{doc: Object, clash: boolean}} `clash`: both changed the same thing; then it is as here
 */
export function merge(base, here, there) {
    let clash = false;
    const pick = (old, mine, theirs) => {
        if (same(mine, old)) {
            return same(theirs, mine) ? mine : theirs;
        }
        clash = clash || !(same(theirs, old) || same(theirs, mine));
        return mine;
    };
    const steps = {};
    for (const key of new Set([...Object.keys(there.steps), ...Object.keys(here.steps)])) {
        const [old, mine, theirs] = [base.steps[key], here.steps[key], there.steps[key]];
        if (!mine || !theirs) {
            // gone on one side: it stays gone, unless it is new on the other
            if (!old) {
                steps[key] = mine || theirs;
            } else if (!same(mine || theirs, old)) {
                clash = true;
            }
            continue;
        }
        const step = {};
        for (const part of PARTS) {
            step[part] = pick(old?.[part], mine[part], theirs[part]);
        }
        steps[key] = PARTS.every((part) => step[part] === mine[part]) ? mine : step;
    }
    const doc = {start: pick(base.start, here.start, there.start), steps};
    return {doc: pruned(doc), clash};
}

/** The document without arrows to steps that are not there. */
function pruned(doc) {
    const gone = new Set();
    for (const step of Object.values(doc.steps)) {
        for (const to of Object.values(step.next).flat()) {
            if (!doc.steps[to]) {
                gone.add(to);
            }
        }
    }
    let steps = doc.steps;
    for (const key of gone) {
        steps = Object.fromEntries(
            Object.entries(steps).map(([own, step]) => [own, withoutTarget(step, own, key, null)]),
        );
    }
    return {start: doc.steps[doc.start] ? doc.start : null, steps};
}
