import {Component, onWillStart, useEffect, useExternalListener, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {choicesOf, consequencesOf, rowsOf} from "./choices";
import {commandOf} from "./keys";
import {MergeDialog} from "./merge_dialog";
import {ReviewHelp} from "./review_help";
import {argumentsOf, certaintyOf, initialsOf, sentenceOfRule} from "./words";

const MODEL = "healthcare.patient.link";
const SIDES = [0, 1];
/** Of more than so many the server does not tell how many. */
const MOST_COUNTED = 1000;

/** Two records that may be one patient, side by side, until somebody has decided; then the next. */
export class DuplicateReview extends Component {
    static template = "healthcare_crm.DuplicateReview";
    static components = {Layout};
    static props = {...standardActionServiceProps};
    static displayName = _t("Possible Duplicates");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.stepUp = useService("healthcare_step_up");
        this.ui = useService("ui");
        this.heading = useRef("heading");
        this.sides = SIDES;
        this.initialsOf = initialsOf;
        this.state = useState({
            review: null,
            keep: 0,
            choices: {},
            busy: false,
            /** the last decision, which can be undone */
            last: null,
        });
        onWillStart(() => this.load(this.props.action.params?.link_id || false));
        useExternalListener(window, "keydown", (ev) => this.onKeydown(ev));
        // who reads with the ears hears of the next pair, and goes on from there
        useEffect(
            () => this.heading.el?.focus({preventScroll: true}),
            () => [this.state.review?.id],
        );
    }

    // ------------------------------------------------------------ loading

    async load(linkId) {
        let review = await this.orm.call(MODEL, "review_load", [linkId]);
        if (!review && linkId) {
            // decided meanwhile
            review = await this.orm.call(MODEL, "review_load", [false]);
        }
        this.show(review);
    }

    show(review) {
        this.state.review = review;
        if (review) {
            this.state.keep = review.keep || 0;
            this.state.choices = choicesOf(review.fields);
            this.rows = rowsOf(review.fields);
        }
    }

    // ------------------------------------------------------------ showing

    get certainty() {
        const {probability, zone} = this.state.review;
        return certaintyOf(probability, zone);
    }

    get sentence() {
        return sentenceOfRule(this.state.review.rule);
    }

    get reasons() {
        return argumentsOf(this.state.review.evidence);
    }

    get remaining() {
        const {remaining} = this.state.review;
        if (remaining > MOST_COUNTED) {
            return _t("More than %s left", MOST_COUNTED);
        }
        return remaining === 1 ? _t("The last one") : _t("%s left", remaining);
    }

    /** What a screen reader says of a value that can be chosen. */
    labelOf(row, side) {
        return _t("%(field)s of %(number)s: %(value)s", {
            field: row.label,
            number: this.state.review.patients[side].number,
            value: row.values[side] || _t("empty"),
        });
    }

    // ------------------------------------------------------------ choosing

    keep(side) {
        this.state.keep = side;
    }

    choose(field, side) {
        this.state.choices[field] = side;
    }

    toggle(index) {
        const row = this.rows[index];
        if (row?.key) {
            this.choose(row.field, 1 - this.state.choices[row.field]);
        }
    }

    // ------------------------------------------------------------ deciding

    async decide(decision) {
        const {review, keep, choices, busy} = this.state;
        if (busy || !review) {
            return;
        }
        this.state.busy = true;
        try {
            if (decision === "merge" && !(await this.stepUp.confirm())) {
                return;
            }
            const result = await this.orm.call(MODEL, "review_decide", [
                review.id,
                decision,
                keep,
                {...choices},
            ]);
            this.state.last = {
                decision,
                linkId: review.id,
                mergeId: result.merge_id,
                keep,
                choices: {...choices},
                names: review.patients.map((patient) => patient.name),
            };
            this.show(result.next);
        } finally {
            this.state.busy = false;
        }
    }

    merge() {
        const {review, keep, choices} = this.state;
        if (!review || review.problem) {
            return;
        }
        this.dialog.add(MergeDialog, {
            consequences: consequencesOf(review, keep, choices),
            onMerge: () => this.decide("merge"),
        });
    }

    get lastSaid() {
        const {decision, names} = this.state.last;
        const words = {
            merge: _t("Merged: %s", names[0]),
            different: _t("Different people: %s", names.join(" · ")),
            later: _t("Left for later: %s", names.join(" · ")),
        };
        return words[decision];
    }

    /** Take back the last decision, and show that pair again. */
    async undo() {
        const {last, busy} = this.state;
        if (!last || busy) {
            return;
        }
        this.state.busy = true;
        try {
            if (last.decision === "merge") {
                if (!(await this.stepUp.confirm())) {
                    return;
                }
                await this.orm.call("healthcare.patient.merge", "action_undo", [[last.mergeId]]);
            } else if (last.decision === "different") {
                await this.orm.call(MODEL, "action_undo", [[last.linkId]]);
            }
            this.state.last = null;
            await this.load(last.linkId);
            if (this.state.review?.id === last.linkId) {
                // what was chosen was not wrong for that
                Object.assign(this.state, {keep: last.keep, choices: last.choices});
            }
        } finally {
            this.state.busy = false;
        }
    }

    // ------------------------------------------------------------ elsewhere

    openPatient(patientId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: patientId,
            views: [[false, "form"]],
            context: {
                form_view_ref: "healthcare_crm.res_partner_view_form_patient",
                show_patient_identity: true,
            },
        });
    }

    openDecisions() {
        return this.action.doAction("healthcare_crm.healthcare_patient_link_action");
    }

    help() {
        this.dialog.add(ReviewHelp, {});
    }

    onKeydown(ev) {
        if (this.ui.activeElement !== document || ev.isComposing) {
            return; // a dialog is open, or a word is being written
        }
        const command = commandOf({
            key: ev.key,
            target: ev.target.tagName,
            hasModifier: ev.ctrlKey || ev.altKey || ev.metaKey,
        });
        if (!command) {
            return;
        }
        ev.preventDefault();
        const does = {
            keep: () => this.keep(command.side),
            toggle: () => this.toggle(command.index),
            merge: () => this.merge(),
            different: () => this.decide("different"),
            later: () => this.decide("later"),
            undo: () => this.undo(),
            help: () => this.help(),
        };
        does[command.what]();
    }
}

registry.category("actions").add("healthcare_duplicate_review", DuplicateReview);
