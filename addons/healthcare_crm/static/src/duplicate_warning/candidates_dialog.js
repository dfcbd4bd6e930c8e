import {Component, onMounted, useExternalListener, useRef, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {certaintyOf, initialsOf, levelOf} from "../duplicate_review/words";

/** Patients who may be the person of a form that is not saved yet. */
export class CandidatesDialog extends Component {
    static template = "healthcare_crm.CandidatesDialog";
    static components = {Dialog};
    static props = {
        candidates: Array,
        /** the form is being saved: there is "somebody else" to go on with */
        isSaving: Boolean,
        onSame: Function,
        onOther: Function,
        close: Function,
    };

    setup() {
        this.list = useRef("list");
        this.certaintyOf = certaintyOf;
        this.initialsOf = initialsOf;
        this.state = useState({marked: 0});
        onMounted(() => this.focusMarked());
        useExternalListener(window, "keydown", (ev) => this.onKeydown(ev), {capture: true});
    }

    /** What agrees and what does not; what is on one side only says nothing. */
    evidenceOf(candidate) {
        return candidate.evidence
            .filter((one) => one.level !== "missing" && one.theirs)
            .map((one) => ({...one, ...levelOf(one.level)}));
    }

    focusMarked() {
        this.list.el.querySelectorAll(".o_hc_same")[this.state.marked]?.focus();
    }

    onKeydown(ev) {
        const step = {ArrowDown: 1, ArrowUp: -1}[ev.key];
        if (step) {
            ev.preventDefault();
            const last = this.props.candidates.length - 1;
            this.state.marked = Math.min(Math.max(this.state.marked + step, 0), last);
            this.focusMarked();
        }
    }

    same(candidate) {
        this.props.onSame(candidate);
        this.props.close();
    }

    other() {
        this.props.onOther();
        this.props.close();
    }
}
