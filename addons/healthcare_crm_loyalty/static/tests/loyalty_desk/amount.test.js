import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {localization} from "@web/core/l10n/localization";
import {patchWithCleanup} from "@web/../tests/web_test_helpers";
import {readAmount} from "@healthcare_crm_loyalty/loyalty_desk/amount";

describe.current.tags("headless");

beforeEach(() => {
    patchWithCleanup(localization, {decimalPoint: ".", thousandsSep: ","});
});

test("what a patient spends", () => {
    expect(readAmount("300")).toBe(300);
    expect(readAmount(" 12.50 ")).toBe(12.5);
    expect(readAmount("")).toBe(false);
    expect(readAmount("  ")).toBe(false);
});

test("what a scanner types is no amount", () => {
    for (const text of ["R234-5678-9D", "0441234567890128", "0441 2345 6789 0128", "https://a/b"]) {
        expect(readAmount(text)).toBe(NaN);
    }
});
