import {describe, expect, test} from "@odoo/hoot";
import {
    afterAnswer,
    afterScan,
    emptyScreen,
    offersOf,
    sectionsOf,
} from "@healthcare_crm_loyalty/loyalty_desk/screen";

describe.current.tags("headless");

const offer = (key) => ({key, title: key});
const card = (id, ...sections) => ({id, sections});
const AN = card(
    1,
    {key: "reserved", offers: [offer("redemption-1")]},
    {key: "coupons", offers: []},
    {key: "rewards", empty: "Nothing yet", offers: []},
    {key: "earnings", offers: [offer("earning-1")]},
);

test("nothing is shown before something was scanned", () => {
    expect(offersOf(emptyScreen())).toEqual([]);
    expect(sectionsOf(emptyScreen())).toEqual([]);
});

test("empty sections are shown only if they say something", () => {
    const screen = afterScan({card: AN});
    expect(sectionsOf(screen).map((one) => one.key)).toEqual(["reserved", "rewards", "earnings"]);
});

test("what was scanned is first, and there once", () => {
    const screen = afterScan({card: AN, scanned: [offer("redemption-1")]});
    expect(sectionsOf(screen).map((one) => one.key)).toEqual(["scanned", "rewards", "earnings"]);
    expect(offersOf(screen).map((one) => one.key)).toEqual(["redemption-1", "earning-1"]);
});

test("a coupon without a member is shown as well", () => {
    const screen = afterScan({scanned: [offer("coupon-1")]});
    expect(screen.card).toBe(null);
    expect(offersOf(screen)).toHaveLength(1);
});

test("what cannot be read leaves nobody's card open", () => {
    const notice = {tone: "danger", text: "No code"};
    expect(afterScan({notice})).toEqual({...emptyScreen(), notice});
});

test("after a press the card is as the server says, and the old undo is gone", () => {
    const before = {...afterScan({card: AN}), undo: ["desk_return", [1]]};
    const after = afterAnswer(before, {card: card(1), notice: {tone: "success", text: "Done"}});
    expect(after.card.sections).toEqual([]);
    expect(after.undo).toBe(null);
    expect(afterAnswer(before, {}).card).toBe(AN);
});
