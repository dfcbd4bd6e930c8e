import {describe, expect, test} from "@odoo/hoot";

import {findMissing, readAnswers} from "@healthcare_crm/consent_signing/answers";

describe.current.tags("headless");

const ITEMS = [
    {
        purpose_id: 1,
        channels: [
            ["sms", "SMS"],
            ["email", "E-mail"],
        ],
    },
    {purpose_id: 2, channels: [["sms", "SMS"]]},
];
const READY = {
    form: {adults_only: false},
    isMinor: false,
    guardian: false,
    relation: "",
    agreed: true,
    name: "Lin Mei",
    isEmpty: false,
};

test("nothing is agreed to by default", () => {
    expect(readAnswers(ITEMS, {})).toEqual([]);
});

test("each purpose and channel apart", () => {
    expect(readAnswers(ITEMS, {"1 sms": true, "1 email": false, "2 sms": true})).toEqual([
        [1, "sms"],
        [2, "sms"],
    ]);
    expect(readAnswers(ITEMS, {"9 sms": true, "1 fax": true})).toEqual([]);
});

test("what is missing", () => {
    expect(findMissing(READY)).toBe(null);
    expect(findMissing({...READY, form: undefined})).toBe("form");
    expect(findMissing({...READY, agreed: false})).toBe("agree");
    expect(findMissing({...READY, name: " L "})).toBe("name");
    expect(findMissing({...READY, isEmpty: true})).toBe("drawing");
});

test("a minor does not sign alone", () => {
    const minor = {...READY, isMinor: true};
    expect(findMissing(minor)).toBe("guardian");
    expect(findMissing({...minor, guardian: {id: 1}})).toBe("relation");
    expect(findMissing({...minor, guardian: {id: 1}, relation: "self"})).toBe("relation");
    expect(findMissing({...minor, guardian: {id: 1}, relation: "parent"})).toBe(null);
    const adults = {...minor, guardian: {id: 1}, relation: "parent", form: {adults_only: true}};
    expect(findMissing(adults)).toBe("form");
});
