import {describe, expect, test} from "@odoo/hoot";
import {animationFrame, click, queryAllTexts, select} from "@odoo/hoot-dom";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    defineModels,
    makeMockEnv,
    models,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {VersionsPanel} from "@healthcare_crm_followup/workflow_builder/panels/versions/versions_panel";

describe.current.tags("desktop");

class HealthcareWorkflow extends models.Model {
    _name = "healthcare.workflow";
}

defineMailModels();
defineModels([HealthcareWorkflow]);

const VERSIONS = [2, 1].map((number) => ({
    id: 10 + number,
    number,
    date: "2030-01-07 01:00:00",
    publisher: "Wang",
    patients: number,
    is_current: number === 2,
}));
const GROUPS = [
    {section: "rules", key: false, name: "Rules", kind: false, status: "changed", changes: []},
    {
        section: "steps",
        key: "call",
        name: "Ring up",
        kind: "care_task",
        status: "changed",
        changes: [
            {
                label: "Text",
                before: "Call soon",
                after: "Call now",
                pieces: [
                    ["same", "Call "],
                    ["removed", "soon"],
                    ["added", "now"],
                ],
            },
            {label: "Window", before: "", after: "2 hours"},
        ],
    },
    {section: "steps", key: "rest", name: "Rest", kind: "wait", status: "removed", changes: []},
];

async function openPanel(values = {}) {
    const seen = {compared: [], marks: null, selected: []};
    onRpc("healthcare.workflow", "versions_load", () => ({versions: VERSIONS, has_older: true}));
    onRpc("healthcare.workflow", "versions_compare", ({args}) => {
        seen.compared.push(args.slice(1));
        return GROUPS;
    });
    await makeMockEnv();
    await mountWithCleanup(VersionsPanel, {
        props: {
            workflow: {id: 7, version: 2, revision: "r1", can_edit: true, ...values},
            highlight: (marks) => {
                seen.marks = marks;
            },
            select: (keys) => seen.selected.push(...keys),
            reload: () => {},
            close: () => {},
        },
    });
    await animationFrame();
    return seen;
}

test("the draft is compared with what runs, and the canvas shows what differs", async () => {
    const seen = await openPanel();
    expect(seen.compared).toEqual([[12, false]]);
    expect(seen.marks).toEqual({
        call: {text: "changed", tone: "warning"},
        rest: {text: "removed", tone: "danger"},
    });
    await click(".o_versions_group button:contains(Ring up)");
    expect(seen.selected).toEqual(["call"]);
});

test("of a text only the words that differ are struck out and put in", async () => {
    await openPanel();
    expect(queryAllTexts(".o_versions_group del")).toEqual(["soon"]);
    expect(queryAllTexts(".o_versions_group ins")).toEqual(["now", "2 hours"]);
    // what had no value is told in a word, not by a gap
    expect(".o_versions_change:contains(nothing)").toHaveCount(1);
});

test("any two versions can be compared", async () => {
    const seen = await openPanel();
    await click(".o_versions_after");
    await select("11");
    await animationFrame();
    expect(seen.compared.at(-1)).toEqual([12, 11]);
});

test("who may not edit reads, and takes nothing back", async () => {
    await openPanel({can_edit: false});
    expect(".o_versions_group").toHaveCount(3);
    expect(".o_versions_restore").toHaveCount(0);
    expect(".o_versions_move").toHaveCount(0);
});
