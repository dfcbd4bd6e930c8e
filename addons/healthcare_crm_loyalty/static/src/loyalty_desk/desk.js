import {Component, onMounted, useExternalListener, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {uuid} from "@web/core/utils/strings";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {commandOf, neighbour} from "./keys";
import {readAmount} from "./amount";
import {OfferButton} from "./offer_button";
import {afterAnswer, afterScan, emptyScreen, offersOf, sectionsOf} from "./screen";

const MODEL = "healthcare.loyalty.desk";
/** What the server refuses in words that are for the one at the desk. */
const TOLD = ["odoo.exceptions.UserError", "odoo.exceptions.AccessError"];
const NOTICES = {
    success: "fa-check-circle",
    warning: "fa-exclamation-triangle",
    danger: "fa-times-circle",
};

/** The desk: scan a card or a code, choose, confirm. */
export class LoyaltyDesk extends Component {
    static template = "healthcare_crm_loyalty.Desk";
    static components = {Layout, OfferButton};
    static props = {...standardActionServiceProps};
    static displayName = _t("Loyalty Desk");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useService("ui");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.box = useRef("box");
        this.notices = NOTICES;
        // of each offer that was pressed, until there is an answer: pressed again because none
        // came, it is done once
        this.tokens = {};
        // what was scanned before the last answer came
        this.waiting = "";
        this.state = useState({screen: emptyScreen(), text: "", chosen: null, busy: false});
        onMounted(() => {
            this.focusBox();
            const {card_id: cardId} = this.props.action.params || {};
            if (cardId) {
                this.open(cardId);
            }
        });
        useExternalListener(window, "keydown", (ev) => this.onKeydown(ev));
    }

    get sections() {
        return sectionsOf(this.state.screen);
    }

    // ------------------------------------------------------------ asking

    /** Show what was typed or scanned; the box is empty for the next one. */
    scan() {
        const text = this.state.text.trim();
        if (!text) {
            return;
        }
        this.fillBox("");
        if (this.state.busy) {
            this.waiting = text;
            return;
        }
        return this.find(text);
    }

    find(text) {
        const {card} = this.state.screen;
        return this.ask("desk_scan", [text, card ? card.id : false], afterScan, text);
    }

    /** Show what was scanned meanwhile; what was said of the one before is told beside it. */
    findWaiting() {
        const {card, notice} = this.state.screen;
        if (notice) {
            const title = card && !notice.text.includes(card.name) ? card.name : "";
            this.notification.add(notice.text, {title, type: notice.tone});
        }
        const text = this.waiting;
        this.waiting = "";
        return this.find(text);
    }

    open(cardId) {
        return this.ask("desk_open", [cardId], afterScan);
    }

    join(person, programId) {
        return this.ask("desk_join", [person.patient_id, programId], afterScan);
    }

    undo() {
        const [method, args] = this.state.screen.undo;
        return this.ask(method, args);
    }

    /**
     * Ask the server, and show its answer; what it refuses is told where it was asked.
     *
     * @param {String} method
     * @param {Array} args
     * @param {Function} [show] makes a screen of the answer
     * @param {String} [text] what was scanned: back in the box if there was no answer
     */
    async ask(method, args, show = (answer) => afterAnswer(this.state.screen, answer), text = "") {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        this.state.chosen = null;
        try {
            this.state.screen = show(await this.orm.silent.call(MODEL, method, args));
            this.tokens = {};
            this.chooseScanned();
        } catch (error) {
            if (!TOLD.includes(error.data?.name)) {
                // unless somebody typed on
                if (!this.state.text) {
                    this.fillBox(this.waiting || text);
                }
                this.waiting = "";
                throw error;
            }
            this.tokens = {};
            const notice = {tone: "danger", text: error.data.message};
            this.state.screen = {...this.state.screen, notice, undo: null};
        } finally {
            this.state.busy = false;
            this.focusBox();
        }
        if (this.waiting) {
            await this.findWaiting();
        }
    }

    // ------------------------------------------------------------ offers

    /** The one thing that a code is about is chosen by scanning it. */
    chooseScanned() {
        const {scanned, notice} = this.state.screen;
        if (scanned.length !== 1) {
            return;
        }
        if (!scanned[0].problem) {
            this.state.chosen = scanned[0].key;
        } else if (!notice) {
            this.choose(scanned[0]);
        }
    }

    choose(offer) {
        if (offer.problem) {
            const notice = {tone: "warning", text: `${offer.title}: ${offer.problem}`};
            this.state.screen = {...this.state.screen, notice, undo: null};
        } else if (offer.is_quick) {
            this.confirm(offer);
        } else {
            this.state.chosen = offer.key;
        }
    }

    /**
     * @param {Object} offer
     * @param {String} text what was typed as the amount, where the offer asks for it
     */
    confirm(offer, text = "") {
        const more = [];
        if (offer.has_token) {
            this.tokens[offer.key] ??= uuid();
            more.push(this.tokens[offer.key]);
        }
        if (offer.has_amount) {
            const amount = readAmount(text);
            if (Number.isNaN(amount)) {
                // a scanner types wherever the focus is
                this.state.text = text;
                return this.scan();
            }
            more.push(amount);
        }
        return this.ask(offer.method, [...offer.args, ...more]);
    }

    cancel() {
        this.state.chosen = null;
    }

    // ------------------------------------------------------------ keyboard

    focusBox() {
        this.box.el?.focus();
    }

    /** What a fast scanner typed within one frame was never drawn: drawing anew leaves it there. */
    fillBox(text) {
        this.state.text = text;
        this.box.el.value = text;
        // the next scan takes its place
        this.box.el.select();
    }

    /** The second click of a double click would give once more, or confirm what the first chose. */
    onClick(ev) {
        if (ev.detail > 1) {
            ev.preventDefault();
            ev.stopPropagation();
        }
    }

    onKeydown(ev) {
        // what is typed in a dialog, a chat or the menu above is not for the desk
        const isHere = ev.target === document.body || this.root.el.contains(ev.target);
        if (!isHere || this.ui.activeElement !== document) {
            return;
        }
        const command = commandOf({
            key: ev.key,
            target: ev.target.tagName,
            hasModifier: ev.ctrlKey || ev.metaKey || ev.altKey,
            isComposing: ev.isComposing,
            isHeld: ev.repeat,
        });
        if (command) {
            this.obey(command.what, ev);
        }
    }

    obey(what, ev) {
        if (what === "type") {
            // the character itself goes where the focus is then
            this.focusBox();
        } else if (what === "nothing") {
            ev.preventDefault();
        } else if (what === "back") {
            this.back();
        } else {
            ev.preventDefault();
            this.move(what);
        }
    }

    /** One step back: what is chosen, what is typed, the card. */
    back() {
        if (this.state.chosen) {
            this.cancel();
        } else if (this.state.text) {
            this.fillBox("");
        } else {
            this.state.screen = emptyScreen();
            this.focusBox();
        }
    }

    move(direction) {
        const buttons = [...this.root.el.querySelectorAll("[data-offer]:not(.card), .o_hc_person")];
        const at = direction === "enter" ? -1 : buttons.indexOf(document.activeElement);
        const boxes = buttons.map((button) => button.getBoundingClientRect());
        const next = neighbour(boxes, at, direction);
        if (next < 0) {
            this.focusBox();
        } else {
            buttons[next].focus();
        }
    }

    // ------------------------------------------------------------ elsewhere

    openPatient() {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: this.state.screen.card.patient_id,
            views: [[false, "form"]],
            context: {form_view_ref: "healthcare_crm.res_partner_view_form_patient"},
        });
    }

    get hasOffers() {
        return offersOf(this.state.screen).length > 0;
    }
}

registry.category("actions").add("healthcare_loyalty_desk", LoyaltyDesk);
