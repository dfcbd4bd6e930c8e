import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {allowTranslations} from "@web/../tests/web_test_helpers";
import {
    dayLabel,
    funnelChart,
    reasonsChart,
    reasonsOf,
    sparkline,
    TONES,
    trendChart,
} from "@healthcare_crm_followup/workflow_results/charts";

describe.current.tags("headless");
beforeEach(allowTranslations);

const STEPS = [
    {
        name: "Remind",
        went_on: 70,
        waiting: 20,
        dropped: 10,
        outcomes: [
            {code: "sent", reasons: [{code: "email", label: "E-mail", total: 70}]},
            {
                code: "suppressed",
                reasons: [{code: "no_consent", label: "No consent on file", total: 2}],
            },
        ],
    },
    {
        name: "Call",
        went_on: 5,
        waiting: 0,
        dropped: 0,
        outcomes: [
            {
                code: "suppressed",
                reasons: [
                    {code: "no_address", label: "No address", total: 4},
                    {code: "no_consent", label: "No consent on file", total: 3},
                ],
            },
        ],
    },
];
const EXITS = [{code: "condition", label: "A condition was met", total: 10}];

/** [[label, values], …] of a graph. */
const seriesOf = ({series}) => series.map(({label, values}) => [`${label}`, values]);

test("a step's bar says who went on, who is there and who left, and which list is behind it", () => {
    const chart = funnelChart(STEPS);
    expect(chart.labels).toEqual(["Remind", "Call"]);
    expect(seriesOf(chart)).toEqual([
        ["Went on", [70, 5]],
        ["Here now", [20, 0]],
        ["Left early", [10, 0]],
    ]);
    expect(chart.series.map(({which}) => which)).toEqual(["done", "waiting", "dropped"]);
});

test("reasons of all steps are added up, the most frequent first; those of sending are none", () => {
    const reasons = reasonsOf({steps: STEPS, exits: EXITS});
    expect(reasons.left).toEqual(EXITS);
    expect(reasons.refused.map(({code, total}) => [code, total])).toEqual([
        ["no_consent", 5],
        ["no_address", 4],
    ]);
    // what the server told is not changed by counting
    expect(STEPS[0].outcomes[1].reasons[0].total).toBe(2);
});

test("who left and what was not sent are bars of their own in one graph", () => {
    const chart = reasonsChart(reasonsOf({steps: STEPS, exits: EXITS}));
    expect(chart.labels).toEqual(["A condition was met", "No consent on file", "No address"]);
    expect(seriesOf(chart)).toEqual([
        ["Left early", [10, 0, 0]],
        ["Message not sent", [0, 5, 4]],
    ]);
    expect(seriesOf(reasonsChart(reasonsOf({steps: STEPS, exits: []})))).toEqual([
        ["Message not sent", [5, 4]],
    ]);
    expect(reasonsChart(reasonsOf({steps: [], exits: []})).series).toEqual([]);
});

test("time is told by days, weeks or months", () => {
    const trend = {unit: "week", days: ["2030-01-07"], entered: [3], goals: [2], left: [1]};
    const chart = trendChart(trend);
    expect(`${chart.first}`).toBe("Week of");
    expect(chart.labels).toEqual(["Jan 7"]);
    expect(seriesOf(chart)).toEqual([
        ["Entered", [3]],
        ["Goal reached", [2]],
        ["Left early", [1]],
    ]);
    expect(dayLabel("2030-01-01", "month")).toBe("Jan 2030");
});

test("nothing hangs on colour alone: series of one graph differ by pattern or by line", () => {
    const looks = ({series, kind}) =>
        series.map(({tone}) =>
            kind === "bar" ? TONES[tone].pattern : `${TONES[tone].shape} ${TONES[tone].dash}`,
        );
    const trend = {unit: "day", days: [], entered: [], goals: [], left: []};
    for (const chart of [funnelChart(STEPS), trendChart(trend)]) {
        expect(new Set(looks(chart)).size).toBe(chart.series.length);
    }
});

test("a small line goes from edge to edge, the highest value on top", () => {
    expect(sparkline([0, 5, 10], 100, 20)).toBe("0.0,18.0 50.0,10.0 100.0,2.0");
    expect(sparkline([0, 0], 100, 20)).toBe("0.0,18.0 100.0,18.0");
    expect(sparkline([4], 100, 20)).toBe("0.0,2.0");
});
