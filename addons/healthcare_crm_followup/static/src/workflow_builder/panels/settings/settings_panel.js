import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {PanelForm} from "../panel_form/panel_form";
import {PanelHead, ProblemList} from "../panel_form/panel_parts";

/** Edits what starts the workflow, and the rules for all its steps. */
export class SettingsPanel extends Component {
    static template = "healthcare_crm_followup.SettingsPanel";
    static components = {PanelForm, PanelHead, ProblemList};
    static props = {
        workflow: Object,
        register: Function,
        reload: Function,
        close: Function,
        "*": true,
    };

    get title() {
        return _t("Starts and Rules");
    }

    get hint() {
        return _t("Whom the workflow is for, when it starts and when it ends early.");
    }

    get problems() {
        return this.props.workflow.problems.filter(({step}) => !step);
    }
}

registry.category("healthcare_workflow_panels").add("settings", {
    component: SettingsPanel,
    label: _t("Starts and Rules"),
    icon: "fa-sliders",
    sequence: 20,
});
