import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {animationFrame, click, press, queryOne, setInputRange} from "@odoo/hoot-dom";
import {advanceTime} from "@odoo/hoot-mock";
import {Component, useState, xml} from "@odoo/owl";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {makeMockEnv, mountWithCleanup} from "@web/../tests/web_test_helpers";
import {TimeSlider} from "@healthcare_crm_followup/workflow_builder/panels/simulate/time_slider/time_slider";

describe.current.tags("desktop");
defineMailModels();

const rehearsal = {from: 0, to: 600000, moments: [60000, 180000, 300000]};
let clock;

/** Keeps the time, as the panel does. */
class Panel extends Component {
    static components = {TimeSlider};
    static props = {};
    static template = xml`
        <TimeSlider rehearsal="clock.rehearsal" time="clock.time" onChange="(time) => { this.clock.time = time; }"/>`;

    setup() {
        this.clock = useState({rehearsal, time: 0});
        clock = this.clock;
    }
}

beforeEach(async () => {
    await makeMockEnv();
    await mountWithCleanup(Panel);
});

/** Let the clock play on, from one happening to the next. */
async function playOn(times) {
    for (let time = 0; time < times; time++) {
        await advanceTime(700);
    }
}

async function type(key) {
    queryOne(".o_time_slider input").focus();
    await press(key);
    await animationFrame();
}

test("arrow keys go from happening to happening, Home and End to the ends", async () => {
    await type("ArrowRight");
    expect(clock.time).toBe(60000);
    await type("ArrowUp");
    expect(clock.time).toBe(180000);
    await type("ArrowLeft");
    expect(clock.time).toBe(60000);
    await type("End");
    expect(clock.time).toBe(600000);
    expect(".o_time_slider_next").not.toBeEnabled();
    await type("Home");
    expect(clock.time).toBe(0);
    expect(".o_time_slider button:first").not.toBeEnabled();
});

test("it plays one happening after the other, and stops at the end", async () => {
    await click(".o_time_slider_play");
    await playOn(1);
    expect(clock.time).toBe(60000);
    expect(".o_time_slider_play").toHaveAttribute("aria-label", "Pause");
    await playOn(1);
    expect(clock.time).toBe(180000);
    await playOn(3);
    expect(clock.time).toBe(600000);
    expect(".o_time_slider_play").toHaveAttribute("aria-label", "Play");
    // and once more from the beginning
    await click(".o_time_slider_play");
    expect(clock.time).toBe(0);
});

test("who moves the clock by hand, or plays something else, stops it", async () => {
    await click(".o_time_slider_play");
    await playOn(1);
    await click(".o_time_slider_next");
    await playOn(3);
    expect(clock.time).toBe(180000);
    await setInputRange(".o_time_slider input", 240000);
    await animationFrame();
    expect(clock.time).toBe(240000);
    await type(" ");
    await playOn(1);
    expect(clock.time).toBe(300000);
    clock.rehearsal = {...rehearsal};
    await animationFrame();
    await playOn(3);
    expect(clock.time).toBe(300000);
});
