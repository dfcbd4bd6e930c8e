/** The small chart of one observation. Plain functions: values in, coordinates out. */

/** Room for the dots at the edge. */
const PADDING = 5;
/** Of the height of the values, how much is left free above and below. */
const AIR = 0.12;

/**
 * Return what to draw of some values.
 *
 * @param {Object[]} points [{value}], oldest first
 * @param {Object} range {low, high} of the reference; either may be missing
 * @param {Object} size {width, height}
 * @returns {Object} {line, dots: [{x, y, isOut}], band: {y, height} or null}
 */
export function trend(points, range, {width, height}) {
    const values = points.map((point) => point.value);
    const scale = scaleFor([...values, ...known(range)], height);
    const step = points.length > 1 ? (width - 2 * PADDING) / (points.length - 1) : 0;
    const dots = points.map((point, index) => ({
        x: round(points.length > 1 ? PADDING + index * step : width / 2),
        y: round(scale(point.value)),
        isOut: isOut(point.value, range),
    }));
    return {
        line: dots.map(({x, y}, index) => `${index ? "L" : "M"}${x} ${y}`).join(""),
        dots,
        band: bandOf(range, scale, height),
    };
}

/** Whether a value is outside the reference range. */
export function isOut(value, {low, high}) {
    return (isKnown(low) && value < low) || (isKnown(high) && value > high);
}

function isKnown(limit) {
    return typeof limit === "number";
}

function known({low, high}) {
    return [low, high].filter(isKnown);
}

function scaleFor(values, height) {
    const least = Math.min(...values);
    const most = Math.max(...values);
    // all the same: a line in the middle
    const air = (most - least) * AIR || 1;
    const span = most - least + 2 * air;
    return (value) => PADDING + (height - 2 * PADDING) * (1 - (value - (least - air)) / span);
}

/** A range with one limit goes on to the edge of the chart. */
function bandOf(range, scale, height) {
    if (!known(range).length) {
        return null;
    }
    const top = isKnown(range.high) ? scale(range.high) : 0;
    const bottom = isKnown(range.low) ? scale(range.low) : height;
    return {y: round(top), height: round(bottom - top)};
}

function round(number) {
    return Math.round(number * 10) / 10;
}
