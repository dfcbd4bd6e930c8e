import {describe, expect, test} from "@odoo/hoot";
import {
    nextMoment,
    prepare,
    previousMoment,
    standing,
    toldUntil,
    totals,
} from "@healthcare_crm_followup/workflow_builder/panels/simulate/playback";

describe.current.tags("headless");

const at = (hour) => `2030-01-07 0${hour}:00:00`;
const line = (hour, who, key, values = {}) => ({
    at: at(hour),
    who,
    token: who,
    key,
    kind: "wait",
    parked: false,
    tone: "step",
    ...values,
});

function rehearse(lines, joins = {}) {
    return prepare({date_from: at(0), date_to: at(9), joins, lines});
}

/** Somebody gets a letter and waits, somebody else gets none and a call instead. */
const played = rehearse([
    line(1, 1, "letter", {tone: "sent", kind: "message"}),
    line(1, 2, "letter", {tone: "refused", kind: "message"}),
    line(1, 1, "rest", {parked: true}),
    line(1, 2, "call", {tone: "task", kind: "care_task", parked: true}),
    line(4, 1, "rest"),
    line(5, 2, "call"),
]);
const [one, four, five] = [1, 4, 5].map((hour) => played.from + hour * 3600 * 1000);

test("the clock goes from happening to happening, and stays at its ends", () => {
    expect(nextMoment(played, played.from)).toBe(one);
    expect(nextMoment(played, one)).toBe(four);
    expect(nextMoment(played, four + 1)).toBe(five);
    expect(nextMoment(played, five)).toBe(played.to);
    expect(nextMoment(played, played.to)).toBe(played.to);
    expect(previousMoment(played, played.to)).toBe(five);
    expect(previousMoment(played, four)).toBe(one);
    expect(previousMoment(played, one)).toBe(played.from);
    expect(previousMoment(played, played.from)).toBe(played.from);
});

test("at every moment it is known who waits where and who is through", () => {
    expect(standing(played, played.from)).toEqual({});
    expect(standing(played, one)).toEqual({
        letter: {here: 0, through: 2},
        rest: {here: 1, through: 0},
        call: {here: 1, through: 0},
    });
    expect(standing(played, four).rest).toEqual({here: 0, through: 1});
    expect(standing(played, four).call).toEqual({here: 1, through: 0});
    expect(standing(played, played.to).call).toEqual({here: 0, through: 1});
});

test("where paths come together, the others end; who waits elsewhere goes on waiting", () => {
    const {lines, joins, from} = rehearse(
        [
            line(1, 1, "left", {token: 1, parked: true}),
            line(1, 1, "right", {token: 2, parked: true}),
            line(1, 1, "aside", {token: 3, parked: true}),
            line(1, 2, "right", {token: 4, parked: true}),
            line(2, 1, "left", {token: 1}),
            line(2, 1, "meet", {token: 1, kind: "join"}),
        ],
        {meet: ["left", "right"]},
    );
    const counts = standing({lines, joins}, from + 2 * 3600 * 1000);
    expect(counts.meet).toEqual({here: 0, through: 1});
    expect(counts.right).toEqual({here: 1, through: 0});
    expect(counts.aside).toEqual({here: 1, through: 0});
});

test("who reaches an end that ends it all is nowhere any more", () => {
    const ended = rehearse([
        line(1, 1, "rest", {token: 1, parked: true}),
        line(2, 1, "goal", {token: 2, kind: "end", ends: true}),
    ]);
    expect(standing(ended, ended.to)).toEqual({goal: {here: 0, through: 1}});
    const other = rehearse([
        line(1, 1, "rest", {token: 1, parked: true}),
        line(2, 1, "end", {token: 2, kind: "end", ends: false}),
    ]);
    expect(standing(other, other.to).rest).toEqual({here: 1, through: 0});
});

test("what reaches somebody is listed, the latest first, and counted", () => {
    expect(toldUntil(played, played.from)).toEqual([]);
    expect(toldUntil(played, one).map(({tone}) => tone)).toEqual(["task", "refused", "sent"]);
    expect(totals(played, played.from)).toEqual({sent: 0, refused: 0, task: 0});
    expect(totals(played, played.to)).toEqual({sent: 1, refused: 1, task: 1});
});
