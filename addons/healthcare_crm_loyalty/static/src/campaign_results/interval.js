/**
 * Where the two rates, and the range in which the difference lies, stand on one scale, in percent
 * of its width. The scale reaches a little beyond what is on it.
 */
export function place({base, low, high, rate}) {
    const ends = [0, low, high, rate - base];
    const from = Math.min(...ends);
    const to = Math.max(...ends);
    const margin = (to - from || 1) * 0.1;
    const width = to - from + 2 * margin;
    const at = (value) => Math.round((1000 * (value - from + margin)) / width) / 10;
    return {
        zero: at(0),
        low: at(low),
        width: Math.round(10 * (at(high) - at(low))) / 10,
        difference: at(rate - base),
    };
}
