import {_t} from "@web/core/l10n/translation";

const {DateTime} = luxon;

/**
 * What each series looks like: a colour that is told apart by colour-blind readers (Okabe and Ito),
 * and a pattern or a shape, so that nothing hangs on colour alone.
 */
export const TONES = {
    entered: {color: "#0072B2", pattern: "solid", shape: "circle", dash: []},
    went_on: {color: "#0072B2", pattern: "solid", shape: "circle", dash: []},
    waiting: {color: "#E69F00", pattern: "dots", shape: "triangle", dash: [2, 3]},
    goals: {color: "#009E73", pattern: "crosses", shape: "rect", dash: [8, 4]},
    left: {color: "#D55E00", pattern: "stripes", shape: "triangle", dash: [2, 3]},
    refused: {color: "#CC79A7", pattern: "stripes", shape: "rect", dash: [2, 3]},
};

/** The periods the pages offer, [[code, label], …]. */
export function periods() {
    return [
        ["30", _t("Last 30 days")],
        ["90", _t("Last 90 days")],
        ["365", _t("Last year")],
        ["all", _t("From the beginning")],
    ];
}

/** How a day that begins a day, week or month is written. */
export function dayLabel(day, unit) {
    const format =
        unit === "month" ? {year: "numeric", month: "short"} : {month: "short", day: "numeric"};
    return DateTime.fromISO(day).toLocaleString(format);
}

/** What happened over time. */
export function trendChart(trend) {
    return {
        kind: "line",
        first: {day: _t("Day"), week: _t("Week of"), month: _t("Month")}[trend.unit],
        labels: trend.days.map((day) => dayLabel(day, trend.unit)),
        series: [
            {tone: "entered", label: _t("Entered"), values: trend.entered},
            {tone: "goals", label: _t("Goal reached"), values: trend.goals},
            {tone: "left", label: _t("Left early"), values: trend.left},
        ],
    };
}

/** Who came to each step, and what became of them there. */
export function funnelChart(steps) {
    const series = [
        ["went_on", _t("Went on"), "done"],
        ["waiting", _t("Here now"), "waiting"],
        ["dropped", _t("Left early"), "dropped"],
    ];
    return {
        kind: "bar",
        first: _t("Step"),
        labels: steps.map(({name}) => name),
        series: series.map(([field, label, which]) => ({
            tone: field === "dropped" ? "left" : field,
            label,
            which,
            values: steps.map((step) => step[field]),
        })),
    };
}

/** Why patients left, and why messages were not sent: the most frequent first. */
export function reasonsOf(page) {
    const refused = {};
    for (const step of page.steps) {
        for (const {code, reasons} of step.outcomes) {
            for (const reason of code === "suppressed" ? reasons : []) {
                refused[reason.code] ||= {...reason, total: 0};
                refused[reason.code].total += reason.total;
            }
        }
    }
    return {
        left: page.exits,
        refused: Object.values(refused).sort((one, other) => other.total - one.total),
    };
}

export function reasonsChart({left, refused}) {
    const reasons = [...left, ...refused];
    return {
        kind: "bar",
        first: _t("Why"),
        labels: reasons.map(({label}) => label),
        series: [
            {
                tone: "left",
                label: _t("Left early"),
                values: reasons.map((one, place) => (place < left.length ? one.total : 0)),
            },
            {
                tone: "refused",
                label: _t("Message not sent"),
                values: reasons.map((one, place) => (place < left.length ? 0 : one.total)),
            },
        ].filter(({values}) => values.some(Boolean)),
    };
}

/** The points of a small line of `values`, as SVG wants them. */
export function sparkline(values, width, height) {
    const top = Math.max(1, ...values);
    const step = values.length > 1 ? width / (values.length - 1) : 0;
    return values
        .map((value, place) => {
            const y = height - 2 - (value / top) * (height - 4);
            return `${(place * step).toFixed(1)},${y.toFixed(1)}`;
        })
        .join(" ");
}
