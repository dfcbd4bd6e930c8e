import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {click, edit, manuallyDispatchProgrammaticEvent, press, queryOne} from "@odoo/hoot-dom";
import {Deferred, advanceTime, animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    makeMockEnv,
    makeServerError,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {ConnectionLostError} from "@web/core/network/rpc";
import {MainComponentsContainer} from "@web/core/main_components_container";
import {getDefaultConfig} from "@web/views/view";
import {LoyaltyDesk} from "@healthcare_crm_loyalty/loyalty_desk/desk";

describe.current.tags("desktop");
defineMailModels();

const BOX = ".o_hc_scan input";
const TALK = "[data-offer=earning-1]";
const NAME = ".o_hc_member h2";

const offer = (key, more) => ({key, title: key, args: [], action: "Do it", icon: "", ...more});
const cardOf = (name, ...offers) => ({
    id: name.length,
    name,
    identity: name,
    balance: "100",
    movements: [],
    sections: [{key: "earnings", title: "Give points", icon: "", offers}],
});
const talk = offer("earning-1", {method: "desk_earn", is_quick: true, has_token: true});
const coupon = offer("coupon-1", {method: "desk_coupon", has_token: true, has_amount: true});
const CARDS = {An: cardOf("An", talk, coupon), Bình: cardOf("Bình", talk, coupon)};

/** What the server answers, by its method; each is given the arguments. */
let server;

beforeEach(() => {
    server = {
        desk_scan: ([text]) =>
            CARDS[text] ? {card: CARDS[text]} : {notice: {tone: "warning", text: "Nobody"}},
        desk_earn: () => ({card: CARDS.An, notice: {tone: "success", text: "5 points more"}}),
        desk_coupon: () => ({card: CARDS.An}),
    };
    onRpc("healthcare.loyalty.desk", /^desk_/, ({method, args}) => {
        expect.step(method === "desk_scan" ? `${method} ${args[0]}` : method);
        return server[method](args);
    });
});

async function openDesk() {
    await makeMockEnv({config: getDefaultConfig()});
    await mountWithCleanup(MainComponentsContainer);
    return mountWithCleanup(LoyaltyDesk, {
        props: {action: {}, actionId: 1, updateActionState: () => {}, className: ""},
    });
}

/** What a scanner does. */
async function scan(text) {
    await click(BOX);
    await edit(text);
    await press("Enter");
}

async function answered() {
    await animationFrame();
    await animationFrame();
}

/** Have a method answer when the test says so. */
function hold(method) {
    const held = new Deferred();
    const answer = server[method];
    server[method] = async (args) => {
        await held;
        server[method] = answer;
        return answer(args);
    };
    return held;
}

test("what is scanned before the last answer came is shown after it", async () => {
    await openDesk();
    await scan("An");
    await answered();
    const held = hold("desk_earn");
    await click(TALK);
    await scan("Bình");
    expect(BOX).toHaveValue("");
    expect(NAME).toHaveText("An");
    expect.verifySteps(["desk_scan An", "desk_earn"]);
    held.resolve();
    await answered();
    expect.verifySteps(["desk_scan Bình"]);
    expect(NAME).toHaveText("Bình");
    // what was done is told with the name it was done for
    expect(".o_notification_content").toHaveText("An. 5 points more");
    expect(".o_hc_notice").toHaveCount(0);
});

test("of several scans that wait the last one is meant", async () => {
    await openDesk();
    const held = hold("desk_scan");
    for (const text of ["An", "Chi", "Bình"]) {
        await scan(text);
    }
    held.resolve();
    await answered();
    expect.verifySteps(["desk_scan An", "desk_scan Bình"]);
    expect(NAME).toHaveText("Bình");
});

test("what is refused does not hold up who waits", async () => {
    await openDesk();
    await scan("An");
    await answered();
    const held = new Deferred();
    server.desk_earn = async () => {
        await held;
        throw makeServerError({type: "UserError", message: "The limit is reached."});
    };
    await click(TALK);
    await scan("Bình");
    held.resolve();
    await answered();
    expect(NAME).toHaveText("Bình");
    expect(".o_notification_content").toHaveText("An. The limit is reached.");
    expect.verifySteps(["desk_scan An", "desk_earn", "desk_scan Bình"]);
});

test("what was scanned is back in the box when there was no answer", async () => {
    expect.errors(2);
    const desk = await openDesk();
    let held = new Deferred();
    desk.orm = {silent: {call: () => held}};
    await scan("An");
    expect(BOX).toHaveValue("");
    held.reject(new ConnectionLostError("/web"));
    await answered();
    expect(BOX).toHaveValue("An");
    held = new Deferred();
    await press("Enter");
    await scan("Bình");
    held.reject(new ConnectionLostError("/web"));
    await answered();
    expect(BOX).toHaveValue("Bình");
    expect(BOX).toBeFocused();
    expect.verifyErrors([/interrupted/, /interrupted/]);
});

test("a code chooses on the screen that it opens, and on no other", async () => {
    await openDesk();
    const scanned = [offer("redemption-1", {method: "desk_hand_over"})];
    server.desk_scan = ([text]) => (text === "An" ? {card: CARDS.An} : {card: CARDS.Bình, scanned});
    await scan("code");
    await answered();
    expect(".o_hc_confirm").toHaveText("Do it · Bình");
    const held = hold("desk_scan");
    await scan("code");
    await scan("An");
    held.resolve();
    await answered();
    expect(NAME).toHaveText("An");
    expect(".o_hc_confirm").toHaveCount(0);
    expect.verifySteps(["desk_scan code", "desk_scan code", "desk_scan An"]);
});

test("the second click of a double click gives nothing more", async () => {
    await openDesk();
    await scan("An");
    await answered();
    expect.verifySteps(["desk_scan An"]);
    const clickNumber = async (detail, selector) => {
        await manuallyDispatchProgrammaticEvent(queryOne(selector), "click", {detail});
        await answered();
    };
    await clickNumber(1, TALK);
    await clickNumber(2, TALK);
    expect.verifySteps(["desk_earn"]);
    await clickNumber(1, TALK);
    expect.verifySteps(["desk_earn"]);
    // nor does it confirm what the first one chose
    await clickNumber(1, "[data-offer=coupon-1]");
    await clickNumber(2, ".o_hc_confirm");
    expect(".o_hc_confirm").toHaveCount(1);
    expect.verifySteps([]);
});

test("a coupon that is refused once can be tried again", async () => {
    await openDesk();
    server.desk_scan = () => ({card: CARDS.An, scanned: [coupon]});
    server.desk_coupon = () => {
        throw makeServerError({type: "UserError", message: "Only if 50 are paid."});
    };
    await scan("code");
    await answered();
    await press("Enter");
    await answered();
    expect(".o_hc_notice").toHaveText("Only if 50 are paid.");
    expect("[data-section=scanned] [data-offer=coupon-1]").toHaveCount(1);
    expect.verifySteps(["desk_scan code", "desk_coupon"]);
});

test("keys that are pressed elsewhere are not for the desk", async () => {
    await openDesk();
    const elsewhere = document.createElement("input");
    queryOne(".o-main-components-container").append(elsewhere);
    await scan("An");
    await answered();
    elsewhere.focus();
    for (const key of ["Escape", "ArrowDown", "x"]) {
        await press(key);
        await animationFrame();
    }
    expect(elsewhere).toBeFocused();
    expect(NAME).toHaveText("An");
    elsewhere.blur();
    await press("Escape");
    await animationFrame();
    expect(NAME).toHaveCount(0);
    expect.verifySteps(["desk_scan An"]);
});

test("a mistyped amount is said to be one, and the card stays open", async () => {
    await openDesk();
    await scan("An");
    await answered();
    await contains("[data-offer=coupon-1]").click();
    await contains(".o_hc_chosen input").edit("12,5o");
    await press("Enter");
    await answered();
    expect(".o_hc_chosen [role=alert]").toHaveText(/“12,5o” is no amount/);
    expect(".o_hc_chosen input").toBeFocused();
    expect(NAME).toHaveText("An");
    expect.verifySteps(["desk_scan An"]);
    // what is wrong is forgotten with what was chosen
    await press("Escape");
    await animationFrame();
    expect("[data-offer=coupon-1]").toBeFocused();
    await advanceTime(600);
    await contains("[data-offer=coupon-1]").click();
    expect(".o_hc_chosen [role=alert]").toHaveCount(0);
    await contains(".o_hc_chosen input").edit("1250x");
    await press("Enter");
    await answered();
    await contains(".o_hc_chosen input").edit("1250");
    expect(".o_hc_chosen [role=alert]").toHaveCount(0);
    await press("Enter");
    await answered();
    expect.verifySteps(["desk_coupon"]);
});
