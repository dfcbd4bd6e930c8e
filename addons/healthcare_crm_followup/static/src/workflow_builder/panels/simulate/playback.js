import {deserializeDateTime} from "@web/core/l10n/dates";

/** Lines people want to read: what reaches a patient, what does not, and what staff are to do. */
const TOLD = new Set(["sent", "refused", "task"]);

/** Return a rehearsal with its moments as numbers, in milliseconds. */
export function prepare(rehearsal) {
    const lines = rehearsal.lines.map((line, number) => ({
        ...line,
        number,
        time: deserializeDateTime(line.at).toMillis(),
    }));
    return {
        ...rehearsal,
        lines,
        from: deserializeDateTime(rehearsal.date_from).toMillis(),
        to: deserializeDateTime(rehearsal.date_to).toMillis(),
        moments: [...new Set(lines.map(({time}) => time))],
    };
}

/** The moment after `time` at which something happens; the end where nothing does any more. */
export function nextMoment({moments, to}, time) {
    return moments.find((moment) => moment > time) ?? to;
}

/** The moment before `time` at which something happens; the beginning where nothing did. */
export function previousMoment({moments, from}, time) {
    return moments.findLast((moment) => moment < time) ?? from;
}

/**
 * Where everybody is at a moment: {key: {here, through}}, how many wait at a step and how many have
 * left it.
 */
export function standing({lines, joins}, time) {
    const places = new Map();
    const counts = {};
    const at = (key) => (counts[key] ||= {here: 0, through: 0});
    for (const line of lines) {
        if (line.time > time) {
            break;
        }
        if (line.kind === "join" && !line.parked) {
            // the other paths ended where this one went on
            const before = [line.key, ...(joins[line.key] || [])];
            remove(places, (place) => place.who === line.who && before.includes(place.key));
        } else if (line.ends) {
            remove(places, (place) => place.who === line.who);
        }
        const path = `${line.who}/${line.token}`;
        if (line.parked) {
            places.set(path, line);
        } else {
            places.delete(path);
            at(line.key).through += 1;
        }
    }
    for (const {key} of places.values()) {
        at(key).here += 1;
    }
    return counts;
}

function remove(places, isGone) {
    for (const [path, place] of places) {
        if (isGone(place)) {
            places.delete(path);
        }
    }
}

/** What would have reached somebody, or not, up to a moment; the latest first. */
export function toldUntil({lines}, time) {
    return lines.filter((line) => line.time <= time && TOLD.has(line.tone)).reverse();
}

/** How many messages, refusals and tasks there are up to a moment. */
export function totals({lines}, time) {
    const found = {sent: 0, refused: 0, task: 0};
    for (const line of lines) {
        if (line.time <= time && line.tone in found) {
            found[line.tone] += 1;
        }
    }
    return found;
}
