import {Component} from "@odoo/owl";

/** Where the workflow begins: what starts it, and an arrow to the first step. */
export class StartCard extends Component {
    static template = "healthcare_crm_followup.StartCard";
    static props = {
        box: Object,
        summary: String,
        label: String,
        isSelected: Boolean,
        isFocused: Boolean,
        isConnected: Boolean,
        problems: {type: Array, optional: true},
    };

    get problemText() {
        return this.props.problems.map(({text}) => text).join("\n");
    }
}
