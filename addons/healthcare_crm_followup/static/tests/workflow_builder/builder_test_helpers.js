import {
    animationFrame,
    manuallyDispatchProgrammaticEvent,
    queryFirst,
    queryRect,
} from "@odoo/hoot-dom";
import {advanceTime} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    clearRegistry,
    defineModels,
    fields,
    makeMockEnv,
    models,
    mountWithCleanup,
} from "@web/../tests/web_test_helpers";
import {registry} from "@web/core/registry";
import {getDefaultConfig} from "@web/views/view";
import {WorkflowBuilder} from "@healthcare_crm_followup/workflow_builder/workflow_builder";

const OUTCOMES = {
    message: [
        ["sent", "Sent"],
        ["suppressed", "Not sent"],
        ["failed", "Failed"],
        ["replied", "Replied"],
    ],
    wait: [["done", "Done"]],
    survey: [
        ["answered", "Answered"],
        ["no_answer", "No answer"],
    ],
    care_task: [
        ["reached", "Reached"],
        ["no_answer", "No answer"],
    ],
    end: [],
};
const LABELS = {
    message: "Message",
    wait: "Wait",
    survey: "Survey",
    care_task: "Care task",
    end: "End",
};
const KINDS = Object.entries(OUTCOMES).map(([kind, outcomes]) => ({
    kind,
    label: LABELS[kind],
    hint: `What a ${kind} is for`,
    outcomes,
}));

/** What the server knows, and what it was asked: {id, revision, doc, …, asked: [method, …]}. */
export const server = {};

function canvas() {
    const steps = {};
    for (const [key, {kind, name}] of Object.entries(server.doc.steps)) {
        steps[key] = {id: key, summary: `${kind} does ${name}`, outcomes: OUTCOMES[kind]};
    }
    return JSON.parse(
        JSON.stringify({
            id: server.id,
            name: server.id ? server.name : "",
            state: "draft",
            active: true,
            can_edit: server.canEdit,
            has_changes: false,
            has_errors: false,
            version: server.version,
            subject: "Appointment",
            trigger_summary: "24 hours before the appointment",
            triggers: [],
            revision: `r${server.revision}`,
            doc: server.doc,
            counts: server.counts,
            steps,
            problems: server.problems,
            kinds: KINDS,
        }),
    );
}

class HealthcareWorkflow extends models.Model {
    _name = "healthcare.workflow";

    name = fields.Char();

    _records = [{id: 7, name: "Reminder"}];

    canvas_empty() {
        return canvas();
    }

    canvas_create() {
        server.asked.push("create");
        server.id = 7;
        return canvas();
    }

    canvas_load() {
        return canvas();
    }

    canvas_save(_ids, doc, revision) {
        server.asked.push("save");
        if (revision !== `r${server.revision}`) {
            throw new Error("Somebody else changed this workflow.");
        }
        server.doc = JSON.parse(JSON.stringify(doc));
        for (const step of Object.values(server.doc.steps)) {
            step.values = Object.keys(step.values).length ? step.values : {filled: true};
        }
        server.revision++;
        return canvas();
    }

    canvas_place(_ids, places) {
        server.asked.push("place");
        for (const [key, [x, y]] of Object.entries(places)) {
            Object.assign(server.doc.steps[key], {x, y});
        }
        return true;
    }

    canvas_counts() {
        server.asked.push("counts");
        return server.counts;
    }

    canvas_copy(_ids, keys) {
        const steps = Object.fromEntries(keys.map((key) => [key, server.doc.steps[key]]));
        return {format: "healthcare-workflow-steps", version: 1, steps};
    }

    canvas_paste(_ids, clip, x, y) {
        const pasted = [];
        for (const [key, step] of Object.entries(clip.steps)) {
            server.doc.steps[`${key}p`] = {...step, x, y, next: {}};
            pasted.push(`${key}p`);
        }
        server.revision++;
        return {...canvas(), pasted};
    }

    canvas_open_patients(_ids, key, which) {
        server.asked.push(`patients ${key} ${which}`);
        return {type: "ir.actions.act_window_close"};
    }
}

export function defineBuilderModels() {
    defineMailModels();
    defineModels([HealthcareWorkflow]);
}

export function step(kind, name, x, y, next = {}) {
    return {kind, name, x, y, values: {known: true}, next};
}

/** Two messages with a wait between them, one below the other. */
export function threeSteps() {
    return {
        start: "a",
        steps: {
            a: step("message", "Hello", 200, 120, {sent: ["b"]}),
            b: step("wait", "Three days", 200, 300, {done: ["c"]}),
            c: step("message", "Goodbye", 200, 480),
        },
    };
}

/** Open the builder on a workflow the server has, or on a new one. */
export async function openBuilder(values = {}) {
    Object.assign(server, {
        id: values.doc ? 7 : false,
        name: "Reminder",
        doc: {start: null, steps: {}},
        revision: 1,
        canEdit: true,
        version: false,
        counts: {},
        problems: [],
        asked: [],
        ...values,
    });
    // the panels have tests of their own
    clearRegistry(registry.category("healthcare_workflow_panels"));
    await makeMockEnv({config: getDefaultConfig()});
    const builder = await mountWithCleanup(WorkflowBuilder, {props: {resId: server.id}});
    await animationFrame();
    return builder;
}

/** Let what was changed be saved. */
export async function saved() {
    await advanceTime(600);
    await animationFrame();
}

export function card(key) {
    return `.o_hcw_card[data-key="${key}"]`;
}

/** Press at the centre of `from`, move by steps to `to`, and release. */
export async function dragPointer(from, to, {shiftKey = false} = {}) {
    const element = typeof from === "string" ? queryFirst(from) : from;
    const start = centre(element);
    const end =
        typeof to === "string" ? centre(queryFirst(to)) : {x: start.x + to.dx, y: start.y + to.dy};
    await point(element, "pointerdown", start, {shiftKey});
    for (const part of [0.3, 0.7, 1]) {
        const at = {
            x: start.x + (end.x - start.x) * part,
            y: start.y + (end.y - start.y) * part,
        };
        await point(element, "pointermove", at, {shiftKey});
        await animationFrame();
    }
    await point(element, "pointerup", end, {shiftKey});
    await animationFrame();
}

function centre(element) {
    const {x, y, width, height} = queryRect(element);
    return {x: x + width / 2, y: y + height / 2};
}

export function point(element, type, {x, y}, more = {}) {
    return manuallyDispatchProgrammaticEvent(element, type, {
        clientX: x,
        clientY: y,
        pointerId: 1,
        pointerType: "mouse",
        button: 0,
        bubbles: true,
        ...more,
    });
}
