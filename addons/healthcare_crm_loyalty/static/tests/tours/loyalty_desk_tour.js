import {edit, press} from "@odoo/hoot-dom";
import {registry} from "@web/core/registry";
import {screenshot} from "@healthcare_crm/../tests/tours/helpers";
import {balance, scan} from "./helpers";

const BOX = ".o_hc_scan input";
/** What a scanner does: nobody touches the box before. */
const scanner = (text) => ({
    trigger: `${BOX}:focus`,
    run: async () => {
        await edit(text);
        await press("Enter");
    },
});
/** Longer than a double click. */
const aMomentLater = {
    trigger: "body",
    run: () => new Promise((resolve) => setTimeout(resolve, 600)),
};
let clicks = 0;
const countClicks = {
    trigger: BOX,
    run: () => {
        clicks = 0;
        window.addEventListener("pointerdown", () => clicks++, true);
    },
};
const thatWere = (number) => ({
    trigger: "body",
    run: () => {
        if (clicks !== number) {
            throw new Error(`${clicks} clicks, not ${number}`);
        }
    },
});

registry.category("web_tour.tours").add("healthcare_loyalty_desk", {
    url: "/odoo/loyalty-desk",
    steps: () => [
        screenshot("loyalty-desk-1-empty", ".o_hc_empty"),
        ...scan("0440000000001"),
        {trigger: balance(100)},
        screenshot("loyalty-desk-2-member", ".o_hc_member h2:contains(Đỗ Hoài An)"),
        // by keyboard: into the rewards, choose, confirm
        {trigger: BOX, run: "press ArrowDown"},
        {trigger: "[data-offer]:contains(Tea set):focus", run: "press Enter"},
        screenshot("loyalty-desk-3-confirm", ".o_hc_confirm:contains(Đỗ Hoài An):focus"),
        {trigger: ".o_hc_confirm", run: "press Enter"},
        screenshot("loyalty-desk-4-given", ".o_hc_notice.alert-success:contains(Tea set)"),
        {trigger: balance(70)},
        {trigger: ".o_hc_undo", run: "click"},
        {trigger: balance(100)},
        // by hand: one click, taken back by another
        {trigger: "[data-offer]:contains(A talk)", run: "click"},
        {trigger: balance(105)},
        aMomentLater,
        {trigger: "[data-offer]:contains(A talk)", run: "click"},
        {trigger: balance(108)},
        aMomentLater,
        {trigger: "[data-offer]:contains(A talk)", run: "click"},
        {trigger: ".o_hc_notice.alert-warning:contains(limit)"},
        {trigger: balance(108)},
        // what is too dear says so
        {trigger: "[data-offer]:contains(Piano)", run: "click"},
        {trigger: ".o_hc_notice.alert-warning:contains(missing)"},
        // a code of somebody else
        ...scan("r234-5678-9d"),
        {trigger: ".o_hc_notice.alert-warning:contains(Đỗ Hoài Bình)"},
        {trigger: ".o_hc_confirm:contains(Đỗ Hoài Bình):focus"},
        // a scanner types while a button has the focus: its Enter confirms nothing
        {trigger: ".o_hc_confirm", run: "press 0"},
        {trigger: `${BOX}:focus`},
        {trigger: BOX, run: "press Escape"},
        ...scan("r234-5678-9d"),
        {trigger: ".o_hc_confirm", run: "click"},
        {trigger: ".o_hc_notice.alert-success:contains(Đỗ Hoài Bình)"},
        ...scan("r234-5678-9d"),
        screenshot("loyalty-desk-5-twice", ".o_hc_notice.alert-danger:contains(already)"),
        ...scan("Đỗ Hoài"),
        screenshot("loyalty-desk-6-names", ".o_hc_person:contains(Đỗ Hoài Bình)"),
        {trigger: ".o_hc_stranger:contains(Đỗ Hoài Chi) button", run: "click"},
        {trigger: balance(0)},
        {trigger: ".o_hc_member button:contains(Close)", run: "click"},
        {trigger: ".o_hc_empty"},
    ],
});

registry.category("web_tour.tours").add("healthcare_loyalty_desk_tablet", {
    url: "/odoo/loyalty-desk",
    steps: () => [
        ...scan("0440000000001"),
        {trigger: "[data-offer]:contains(Tea set)", run: "click"},
        screenshot("loyalty-desk-7-tablet", ".o_hc_confirm"),
        {trigger: ".o_hc_confirm", run: "click"},
        {trigger: balance(70)},
    ],
});

registry.category("web_tour.tours").add("healthcare_loyalty_desk_three_clicks", {
    url: "/odoo/loyalty-desk",
    steps: () => [
        countClicks,
        scanner("0440000000001"),
        {trigger: "[data-offer]:contains(A talk)", run: "click"},
        {trigger: balance(105)},
        // ready for the next card
        {trigger: `${BOX}:not(:value(0440000000001))`},
        {trigger: "[data-offer]:contains(Tea set)", run: "click"},
        {trigger: ".o_hc_confirm", run: "click"},
        screenshot("loyalty-desk-8-three-clicks", balance(75)),
        thatWere(3),
    ],
});

registry.category("web_tour.tours").add("healthcare_loyalty_desk_keyboard", {
    url: "/odoo/loyalty-desk",
    steps: () => [
        countClicks,
        scanner("0440000000001"),
        {trigger: balance(100)},
        {trigger: `${BOX}:focus`, run: "press ArrowDown"},
        {trigger: "[data-offer]:contains(Tea set):focus", run: "press Enter"},
        {trigger: ".o_hc_confirm:focus", run: "press Enter"},
        {trigger: balance(70)},
        // the box has the focus again: down to the rewards, and on to the points
        {trigger: `${BOX}:focus`, run: "press ArrowDown"},
        {trigger: "[data-offer]:contains(Tea set):focus", run: "press ArrowDown"},
        {trigger: "[data-offer]:contains(A talk):focus", run: "press Enter"},
        {trigger: balance(75)},
        {trigger: `${BOX}:focus`, run: "press Escape"},
        {trigger: ".o_hc_empty"},
        thatWere(0),
    ],
});

registry.category("web_tour.tours").add("healthcare_loyalty_desk_in_a_hurry", {
    url: "/odoo/loyalty-desk",
    steps: () => [
        ...scan("0440000000001"),
        {
            trigger: "[data-offer]:contains(A talk)",
            run: async ({anchor}) => {
                anchor.click();
                await edit("Đỗ Hoài Bình");
                await press("Enter");
            },
        },
        {trigger: ".o_notification:contains(Đỗ Hoài An):contains(5 points more)"},
        {trigger: ".o_hc_member h2:contains(Đỗ Hoài Bình)"},
        {trigger: "[data-offer]:contains(A talk)", run: "click"},
        {trigger: balance(75)},
    ],
});

const AMOUNT = ".o_hc_chosen input";

registry.category("web_tour.tours").add("healthcare_loyalty_desk_coupon", {
    url: "/odoo/loyalty-desk",
    steps: () => [
        ...scan("0440000000001"),
        {trigger: balance(100)},
        ...scan("tea-2026"),
        // a scanner types where the focus is: it is scanned, and confirms nothing
        {trigger: `${AMOUNT}:focus`, run: "edit R234-5678-9D"},
        {trigger: AMOUNT, run: "press Enter"},
        {trigger: ".o_hc_confirm:contains(Đỗ Hoài Bình):focus"},
        ...scan("0440000000001"),
        ...scan("tea-2026"),
        {trigger: AMOUNT, run: "edit 3oo"},
        {trigger: AMOUNT, run: "press Enter"},
        {trigger: ".o_hc_chosen [role=alert]:contains(no amount)"},
        {trigger: AMOUNT, run: "edit 300"},
        screenshot("loyalty-desk-9-amount", ".o_hc_confirm:contains(Đỗ Hoài An)"),
        {trigger: AMOUNT, run: "press Enter"},
        {trigger: ".o_hc_notice.alert-success:contains(60.00)"},
    ],
});
