import {describe, expect, test} from "@odoo/hoot";
import {smsLength} from "@healthcare_crm_followup/template_editor/sms_length";
import {
    channelsOf,
    fillIn,
    insertAt,
    unknownPlaceholders,
} from "@healthcare_crm_followup/template_editor/words";
import {groupProblems} from "@healthcare_crm_followup/workflow_builder/panels/problems/group_problems";

describe.current.tags("headless");

test("an SMS in Latin script has 160 characters, several of them 153 each", () => {
    expect(smsLength("")).toEqual({characters: 0, parts: 0, left: 160, isUnicode: false});
    expect(smsLength("a".repeat(160)).parts).toBe(1);
    expect(smsLength("a".repeat(161))).toEqual({
        characters: 161,
        parts: 2,
        left: 145,
        isUnicode: false,
    });
    expect(smsLength("[€]").characters).toBe(6);
});

test("an SMS in another script has 70 characters, several of them 67 each", () => {
    expect(smsLength("您".repeat(70))).toEqual({
        characters: 70,
        parts: 1,
        left: 0,
        isUnicode: true,
    });
    expect(smsLength("您".repeat(71)).parts).toBe(2);
    expect(smsLength("ạ").isUnicode).toBe(true);
    expect(smsLength("😀").characters).toBe(2);
});

test("placeholders are filled with samples; what nothing fills stays and is told", () => {
    const samples = {patient_name: "Chen", clinic: ""};
    expect(fillIn("Dear {patient_name}, {nobody}{clinic}", samples)).toBe("Dear Chen, {nobody}");
    expect(unknownPlaceholders("{patient_name} {nobody} {constructor}", samples)).toEqual([
        "nobody",
        "constructor",
    ]);
    expect(insertAt("Dear !", "{patient_name}", 5, 5)).toEqual({
        text: "Dear {patient_name}!",
        caret: 19,
    });
});

test("a message needs words for what it tries, then for what it has", () => {
    expect(channelsOf(["preferred", "sms", false], ["email", "sms"])).toEqual(["sms", "email"]);
});

test("problems come step by step, those of the whole workflow first", () => {
    const doc = {steps: {one: {}, two: {}}};
    const problems = [
        {step: "two", section: "steps"},
        {step: "one", section: "steps"},
        {step: false, section: "rules"},
        {step: "two", section: "steps"},
    ];
    expect(
        groupProblems(problems, doc).map(({place, problems: found}) => [place, found.length]),
    ).toEqual([
        ["rules", 1],
        ["one", 1],
        ["two", 2],
    ]);
});
