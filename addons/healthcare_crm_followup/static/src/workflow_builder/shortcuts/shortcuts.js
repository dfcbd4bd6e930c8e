import {Component, onMounted, useRef} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** A sheet of all keys of the canvas. */
export class Shortcuts extends Component {
    static template = "healthcare_crm_followup.WorkflowShortcuts";
    static props = {onClose: Function};

    setup() {
        this.root = useRef("root");
        onMounted(() => this.root.el.querySelector("button").focus());
    }

    get groups() {
        return [
            {
                title: _t("Look around"),
                keys: [
                    ["↑ ↓ ← →", _t("Go to the step before, after or beside")],
                    ["Ctrl + ↑ ↓ ← →", _t("Move the view")],
                    ["+ / −", _t("Zoom in or out")],
                    ["0", _t("Show everything")],
                    ["Home", _t("Go to the start")],
                    ["Ctrl + F, /", _t("Find a step")],
                ],
            },
            {
                title: _t("Build"),
                keys: [
                    ["N", _t("Add a step after this one")],
                    ["C", _t("Connect this step to another, or remove an arrow")],
                    ["Enter", _t("Open the step")],
                    ["F2", _t("Rename the step")],
                    ["Delete", _t("Remove what is selected")],
                    ["Alt + ↑ ↓ ← →", _t("Move the card")],
                    ["L", _t("Put all cards in order")],
                ],
            },
            {
                title: _t("Select and copy"),
                keys: [
                    ["Space", _t("Select this step, or no longer")],
                    ["Shift + ↑ ↓ ← →", _t("Select one more step")],
                    ["Ctrl + A", _t("Select all steps")],
                    [_t("Shift + drag"), _t("Select the steps in a rectangle")],
                    ["Ctrl + C, X, V", _t("Copy, cut, paste; also into another workflow")],
                    ["Ctrl + D", _t("Duplicate")],
                    ["Ctrl + Z, Y", _t("Undo, do again")],
                    ["Esc", _t("Close, or select nothing")],
                ],
            },
        ];
    }

    onKeydown(ev) {
        if (ev.key === "Escape" || ev.key === "?") {
            ev.stopPropagation();
            this.props.onClose();
        } else if (ev.key === "Tab") {
            ev.preventDefault(); // its one button keeps the focus
        }
    }
}
