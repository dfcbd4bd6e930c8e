import {Component, useEffect, useRef} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {iconOf} from "../../step_icons/step_icons";

/** A step on the canvas: what it is and does, what is wrong with it, who is there, what can come of it. */
export class StepCard extends Component {
    static template = "healthcare_crm_followup.StepCard";
    static props = {
        card: Object,
        kindLabel: String,
        summary: String,
        label: String,
        isSelected: Boolean,
        isFocused: Boolean,
        isNaming: Boolean,
        isFound: Boolean,
        problems: {type: Array, optional: true},
        counts: {type: Object, optional: true},
        mark: {type: Object, optional: true},
        onCount: Function,
        onRenamed: Function,
    };

    setup() {
        this.name = useRef("name");
        useEffect(
            (input) => {
                input?.focus();
                input?.select();
            },
            () => [this.name.el],
        );
    }

    get step() {
        return this.props.card.step;
    }

    get icon() {
        return iconOf(this.step.kind, this.step.values);
    }

    get problemText() {
        return this.props.problems.map(({text}) => text).join("\n");
    }

    get problemLevel() {
        return this.props.problems.some(({level}) => level === "error") ? "error" : "warning";
    }

    get counters() {
        const counts = this.props.counts || {waiting: 0, done: 0, dropped: 0};
        return [
            {
                which: "waiting",
                icon: "fa-hourglass-half",
                words: _t("%s waiting here", counts.waiting),
            },
            {which: "done", icon: "fa-check", words: _t("%s went on", counts.done)},
            {
                which: "dropped",
                icon: "fa-sign-out",
                words: _t("%s dropped out here", counts.dropped),
            },
        ].map((counter) => ({...counter, number: counts[counter.which]}));
    }

    portTitle(port) {
        return port.isFree
            ? _t(
                  "%s: nothing follows yet. Click to add a step, or drag to another one.",
                  port.label,
              )
            : port.label;
    }

    onNameKeydown(ev) {
        ev.stopPropagation();
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.props.onRenamed(this.props.card.key, ev.target.value.trim(), true);
        } else if (ev.key === "Escape") {
            this.props.onRenamed(this.props.card.key, "", true);
        }
    }

    onNameBlur(ev) {
        if (this.props.isNaming) {
            this.props.onRenamed(this.props.card.key, ev.target.value.trim(), false);
        }
    }
}
