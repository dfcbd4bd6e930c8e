import {Component, useEffect, useRef, useState} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {useService} from "@web/core/utils/hooks";
import {telephone} from "./queue";

/** The task somebody works on: whom to call, why, what to say, and what came of it. */
export class TaskCard extends Component {
    static template = "healthcare_crm_followup.TaskCard";
    static components = {Dropdown, DropdownItem};
    static props = {
        card: Object,
        busy: Boolean,
        noteState: String,
        onOutcome: Function,
        onLater: Function,
        onAssign: Function,
        onColleagues: Function,
        onNote: Function,
        onReschedule: Function,
        onOpen: Function,
        onBack: Function,
    };

    setup() {
        this.action = useService("action");
        this.state = useState({at: "", choosing: false});
        this.root = useRef("root");
        useEffect(
            (root) => {
                this.state.choosing = false;
                root.scrollTop = 0;
            },
            () => [this.root.el, this.props.card.id],
        );
    }

    get tel() {
        return telephone(this.props.card.phone);
    }

    get who() {
        const {age, number, language} = this.props.card;
        return [age === false ? "" : age, number, language].filter((part) => part !== "");
    }

    chooseTime() {
        this.state.choosing = true;
    }

    confirmTime() {
        this.props.onLater("at", this.state.at);
    }
}
