import {describe, expect, test} from "@odoo/hoot";
import {place} from "@healthcare_crm_loyalty/campaign_results/interval";

describe.current.tags("headless");

test("what is surely better lies right of the line", () => {
    const scale = place({rate: 20, base: 10, low: 5, high: 15});
    expect(scale.low).toBeGreaterThan(scale.zero);
    expect(scale.low + scale.width).toBeGreaterThan(scale.difference);
    expect(scale.low + scale.width).toBeLessThan(100);
});

test("what may be chance lies on both sides", () => {
    const scale = place({rate: 10, base: 11, low: -4, high: 2});
    expect(scale.low).toBeLessThan(scale.zero);
    expect(scale.low + scale.width).toBeGreaterThan(scale.zero);
});

test("nothing is no division by zero", () => {
    expect(place({rate: 0, base: 0, low: 0, high: 0})).toEqual({
        zero: 50,
        low: 50,
        width: 0,
        difference: 50,
    });
});
