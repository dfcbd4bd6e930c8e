import {Component} from "@odoo/owl";

/** The top of a panel: what it is about, and a way to close it. */
export class PanelHead extends Component {
    static template = "healthcare_crm_followup.PanelHead";
    static props = {
        title: String,
        hint: {type: String, optional: true},
        icon: {type: String, optional: true},
        close: Function,
    };
}

/** What is to be mended, in words and with an icon. */
export class ProblemList extends Component {
    static template = "healthcare_crm_followup.ProblemList";
    static props = {problems: Array};
}
