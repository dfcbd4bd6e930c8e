import {describe, expect, test} from "@odoo/hoot";
import {isEnough, missingOf, typedOf} from "@healthcare_crm/duplicate_warning/typed";

describe.current.tags("headless");

const day = (text) => ({toISODate: () => text});

describe("what is typed", () => {
    test("dates and records as the server takes them, nothing empty", () => {
        const typed = typedOf(
            {
                name: "Lan",
                birth_date: day("1970-05-17"),
                phone: false,
                state_id: false,
                country_id: {id: 7, display_name: "Taiwan"},
                other: "x",
            },
            [
                {system_id: {id: 3}, value: "A123456789"},
                {system_id: false, value: "1"},
                {system_id: {id: 4}, value: ""},
            ],
        );
        expect(typed).toEqual({
            name: "Lan",
            birth_date: "1970-05-17",
            country_id: 7,
            identifiers: [[3, "A123456789"]],
        });
    });

    test("a name alone is not enough to look for somebody", () => {
        expect(isEnough({name: "Lan"})).toBe(false);
        expect(isEnough({phone: "1"})).toBe(false);
        expect(isEnough({name: "L", phone: "1"})).toBe(false);
        expect(isEnough({name: "Lan", phone: "1"})).toBe(true);
        expect(isEnough({name: "Lan", birth_date: "1970-05-17"})).toBe(true);
        expect(isEnough({identifiers: [[3, "A"]]})).toBe(true);
    });
});

describe("what is taken over", () => {
    test("only what the patient who is there lacks", () => {
        const typed = {phone: "1", email: "a@b.c", gender: "male", birth_date: day("1970-05-17")};
        expect(missingOf(typed, {phone: "2", email: "", gender: false, birth_date: false})).toEqual(
            {
                email: "a@b.c",
                gender: "male",
                birth_date: typed.birth_date,
            },
        );
    });

    test("an address as a whole or not at all", () => {
        const typed = {street: "1 Road", city: "Taipei", country_id: {id: 7}};
        expect(missingOf(typed, {})).toEqual(typed);
        expect(missingOf(typed, {city: "Hanoi"})).toEqual({});
    });

    test("never the name", () => {
        expect(missingOf({name: "Lan"}, {name: ""})).toEqual({});
    });
});
