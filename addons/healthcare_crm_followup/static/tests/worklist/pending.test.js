import {describe, expect, test} from "@odoo/hoot";
import {Pending} from "@healthcare_crm_followup/worklist/pending";

describe.current.tags("headless");

function make() {
    const timers = {set: (work) => (timers.work = work), clear: () => (timers.work = null)};
    const sent = [];
    const pending = new Pending(5000, async ({id}) => sent.push(id), timers);
    return {pending, sent, timers};
}

test("an outcome is sent when its moment is over", async () => {
    const {pending, sent, timers} = make();
    await pending.add({id: 1});
    expect(sent).toEqual([]);
    expect(pending.ids).toEqual([1]);
    await timers.work();
    expect(sent).toEqual([1]);
    expect(pending.ids).toEqual([]);
});

test("the next one sends the one before", async () => {
    const {pending, sent} = make();
    await pending.add({id: 1});
    await pending.add({id: 2});
    expect(sent).toEqual([1]);
    expect(pending.ids).toEqual([2]);
    await pending.flush();
    expect(sent).toEqual([1, 2]);
    await pending.flush();
    expect(sent).toEqual([1, 2]);
});

test("what is taken back is never sent", async () => {
    const {pending, sent, timers} = make();
    await pending.add({id: 1});
    expect(pending.undo()).toEqual({id: 1});
    expect(timers.work).toBe(null);
    await pending.flush();
    expect(sent).toEqual([]);
    expect(pending.undo()).toBe(null);
});
