import {describe, expect, test} from "@odoo/hoot";
import {
    byCategory,
    byTarget,
    cutAtPlaceholders,
    search,
} from "@healthcare_crm_followup/workflow_gallery/search";

describe.current.tags("headless");

const ITEMS = [
    {
        code: "reminder",
        category: "visits",
        channels: ["email", "sms"],
        name: "Nhắc hẹn trước 24 giờ",
        summary: "Xác nhận lịch",
        benefit: "Ít vắng hẹn",
    },
    {
        code: "birthday",
        category: "relations",
        channels: ["email"],
        name: "生日祝福",
        summary: "每年一次",
        benefit: "",
    },
];
const ANY = {query: "", category: "", channel: ""};

function codes(asked) {
    return search(ITEMS, {...ANY, ...asked}).map((item) => item.code);
}

test("every word counts, accents and case do not", () => {
    expect(codes({})).toEqual(["reminder", "birthday"]);
    expect(codes({query: "NHAC lich"})).toEqual(["reminder"]);
    expect(codes({query: "nhac birthday"})).toEqual([]);
    expect(codes({query: " 生日 "})).toEqual(["birthday"]);
});

test("a category and a channel narrow it down", () => {
    expect(codes({category: "relations"})).toEqual(["birthday"]);
    expect(codes({channel: "sms"})).toEqual(["reminder"]);
    expect(codes({category: "relations", channel: "sms"})).toEqual([]);
});

test("categories come in their order, without the empty ones", () => {
    const groups = byCategory(ITEMS, [
        ["relations", "In touch"],
        ["care", "Care"],
        ["visits", "Visits"],
    ]);
    expect(groups.map((group) => [group.label, group.items.length])).toEqual([
        ["In touch", 1],
        ["Visits", 1],
    ]);
});

test("what leads to the same step is said once", () => {
    const arrow = (outcome, number) => ({outcome, number, name: `Step ${number}`});
    expect(byTarget([arrow("Sent", 2), arrow("Failed", 3), arrow("Not sent", 2)])).toEqual([
        {number: 2, name: "Step 2", outcomes: ["Sent", "Not sent"]},
        {number: 3, name: "Step 3", outcomes: ["Failed"]},
    ]);
});

test("placeholders are told from text", () => {
    expect(cutAtPlaceholders("Dear {name}, {nobody}!", {name: "The name"})).toEqual([
        {text: "Dear "},
        {placeholder: "The name"},
        {text: ", "},
        {text: "{nobody}"},
        {text: "!"},
    ]);
});
