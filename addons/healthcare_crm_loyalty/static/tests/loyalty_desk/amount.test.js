import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {localization} from "@web/core/l10n/localization";
import {patchWithCleanup} from "@web/../tests/web_test_helpers";
import {isMistyped, readAmount} from "@healthcare_crm_loyalty/loyalty_desk/amount";

describe.current.tags("headless");

beforeEach(() => {
    patchWithCleanup(localization, {decimalPoint: ".", thousandsSep: ","});
});

test("what a patient spends", () => {
    expect(readAmount("300")).toBe(300);
    expect(readAmount(" 12.50 ")).toBe(12.5);
    expect(readAmount("３００")).toBe(300);
    expect(readAmount("")).toBe(false);
    expect(readAmount("  ")).toBe(false);
});

test("what a scanner types is no amount", () => {
    for (const text of ["R234-5678-9D", "0441234567890128", "0441 2345 6789 0128", "https://a/b"]) {
        expect(readAmount(text)).toBe(NaN);
    }
});

test("what begins like an amount was mistyped, anything else was scanned", () => {
    for (const text of ["12,5o", "1l", "-x", "300 NT", "$ 300", "NT$300", "3 00o"]) {
        expect(isMistyped(text)).toBe(true);
    }
    for (const text of [
        "R234-5678-9D",
        "TEA-2026",
        "0441234567890128",
        "0441 2345 6789 0128",
        "https://a/b",
        "Đỗ Hoài An",
    ]) {
        expect(isMistyped(text)).toBe(false);
    }
    for (const text of ["", " ", "300", "12.50", "３００"]) {
        expect(isMistyped(text)).toBe(false);
    }
});
