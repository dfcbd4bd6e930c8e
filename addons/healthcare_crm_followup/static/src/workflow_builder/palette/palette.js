import {Component, useState} from "@odoo/owl";
import {fuzzyLookup} from "@web/core/utils/search";
import {iconOf} from "../../step_icons/step_icons";

/** All kinds of steps: to be dragged onto the canvas, or added by a click. */
export class Palette extends Component {
    static template = "healthcare_crm_followup.WorkflowPalette";
    static props = {
        kinds: Array,
        onAdd: Function,
        onDrag: Function,
    };

    setup() {
        this.state = useState({text: "", index: 0});
        this.iconOf = iconOf;
    }

    get found() {
        const text = this.state.text.trim();
        return text
            ? fuzzyLookup(text, this.props.kinds, ({label, hint}) => [label, hint])
            : this.props.kinds;
    }

    onFilterKeydown(ev) {
        if (ev.key === "Enter" && this.found.length) {
            this.props.onAdd(this.found[0].kind);
        } else if (ev.key === "ArrowDown") {
            ev.preventDefault();
            this.focus(ev, 0);
        }
    }

    onItemKeydown(ev) {
        const step = {ArrowDown: 1, ArrowUp: -1}[ev.key];
        if (step) {
            ev.preventDefault();
            this.focus(ev, this.state.index + step);
        }
    }

    focus(ev, index) {
        this.state.index = Math.max(0, Math.min(index, this.found.length - 1));
        const root = ev.target.closest(".o_hcw_palette");
        root.querySelectorAll(".o_hcw_palette_item")[this.state.index]?.focus();
    }
}
