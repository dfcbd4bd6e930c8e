import {describe, expect, test} from "@odoo/hoot";
import {asked, share} from "@healthcare_crm/segment_count/asked";
import {chosenLabels, toggled} from "@healthcare_crm/segment_options/chosen";

describe.current.tags("headless");

test("a box is ticked and unticked", () => {
    expect(toggled([], "sms")).toEqual(["sms"]);
    expect(toggled(["sms", "email"], "sms")).toEqual(["email"]);
});

test("labels stand in the order in which they are offered", () => {
    const choices = [
        ["email", "E-mail"],
        ["sms", "SMS"],
    ];
    expect(chosenLabels(choices, ["sms", "email", "gone"])).toEqual(["E-mail", "SMS"]);
    expect(chosenLabels(choices, [])).toEqual([]);
});

const data = (sentence, values = {}) => ({
    company_id: {id: 1},
    match: "all",
    domain: "[]",
    with_deceased: false,
    condition_ids: {records: [{data: {kind: "age", negative: false, sentence}}]},
    ...values,
});

test("what is asked changes with a condition, not with a name", () => {
    expect(asked(data("Aged 3"))).toBe(asked(data("Aged 3", {name: "Other"})));
    expect(asked(data("Aged 3"))).not.toBe(asked(data("Aged 4")));
    expect(asked(data("Aged 3"))).not.toBe(asked(data("Aged 3", {match: "any"})));
    expect(asked(data("Aged 3"))).not.toBe(asked(data("Aged 3", {company_id: false})));
});

test("a bar is as wide as its share, and never invisible", () => {
    expect(share(25, 100)).toBe(25);
    expect(share(1, 100000)).toBe(1);
    expect(share(0, 100)).toBe(0);
    expect(share(0, 0)).toBe(0);
});
