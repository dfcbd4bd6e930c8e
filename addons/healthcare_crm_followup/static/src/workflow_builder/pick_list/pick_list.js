import {Component, onMounted, useEffect, useExternalListener, useRef, useState} from "@odoo/owl";
import {fuzzyLookup} from "@web/core/utils/search";

/** A small menu at a point of the page: type to narrow it down, arrows and Enter to choose. */
export class PickList extends Component {
    static template = "healthcare_crm_followup.PickList";
    static props = {
        title: String,
        items: {type: Array, element: Object},
        at: Object,
        onPick: Function,
        onLook: {type: Function, optional: true},
        onClose: Function,
    };

    setup() {
        this.state = useState({text: "", index: 0});
        this.root = useRef("root");
        this.input = useRef("input");
        onMounted(() => {
            this.input.el.focus();
            this.keepOnPage();
        });
        useEffect(
            (item) => {
                this.root.el
                    .querySelector(".o_hcw_item.active")
                    ?.scrollIntoView({block: "nearest"});
                if (item) {
                    this.props.onLook?.(item);
                }
            },
            () => [this.found[this.state.index]],
        );
        useExternalListener(
            window,
            "pointerdown",
            (ev) => {
                if (!this.root.el.contains(ev.target)) {
                    this.props.onClose(false);
                }
            },
            {capture: true},
        );
    }

    get found() {
        const text = this.state.text.trim();
        return text
            ? fuzzyLookup(text, this.props.items, ({label, hint}) => [label, hint || ""])
            : this.props.items;
    }

    keepOnPage() {
        const {offsetWidth: width, offsetHeight: height} = this.root.el;
        const {x, y} = this.props.at;
        const left = Math.max(8, Math.min(x, window.innerWidth - width - 8));
        const top = Math.max(8, Math.min(y, window.innerHeight - height - 8));
        Object.assign(this.root.el.style, {left: `${left}px`, top: `${top}px`});
    }

    onInput(ev) {
        this.state.text = ev.target.value;
        this.state.index = 0;
    }

    onKeydown(ev) {
        ev.stopPropagation();
        const last = this.found.length - 1;
        const move = {
            ArrowDown: Math.min(this.state.index + 1, last),
            ArrowUp: Math.max(this.state.index - 1, 0),
            Home: 0,
            End: last,
        }[ev.key];
        if (move !== undefined) {
            ev.preventDefault();
            this.state.index = move;
        } else if (ev.key === "Enter") {
            ev.preventDefault();
            if (this.found[this.state.index]) {
                this.props.onPick(this.found[this.state.index]);
            }
        } else if (ev.key === "Escape" || ev.key === "Tab") {
            ev.preventDefault();
            this.props.onClose(true);
        }
    }
}
