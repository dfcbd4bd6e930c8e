import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {removeSteps} from "../../document";
import {iconOf} from "../../../step_icons/step_icons";
import {PanelForm} from "../panel_form/panel_form";
import {PanelHead, ProblemList} from "../panel_form/panel_parts";

/** Edits the selected step in Odoo's own form. */
export class StepPanel extends Component {
    static template = "healthcare_crm_followup.StepPanel";
    static components = {PanelForm, PanelHead, ProblemList};
    static props = {
        workflow: Object,
        stepKey: [String, Boolean],
        register: Function,
        reload: Function,
        close: Function,
        "*": true,
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
    }

    get step() {
        return this.props.workflow.doc.steps[this.props.stepKey];
    }

    /** What only the server knows of it: its id for example. */
    get saved() {
        return this.props.workflow.steps[this.props.stepKey];
    }

    get kind() {
        return this.props.workflow.kinds.find(({kind}) => kind === this.step.kind);
    }

    get icon() {
        return iconOf(this.step.kind, this.step.values);
    }

    get problems() {
        return this.props.workflow.problems.filter(({step}) => step === this.props.stepKey);
    }

    get isReadonly() {
        return !this.props.workflow.can_edit;
    }

    async remove() {
        const {workflow, stepKey, reload, close} = this.props;
        const doc = removeSteps(workflow.doc, [stepKey]);
        await this.orm.call("healthcare.workflow", "canvas_save", [
            [workflow.id],
            doc,
            workflow.revision,
        ]);
        // What was typed goes with the step
        this.props.register({flush: () => true});
        await reload();
        close();
        this.notification.add(_t("The step is deleted. Undo brings it back."), {type: "info"});
    }
}

registry.category("healthcare_workflow_panels").add("step", {
    component: StepPanel,
    label: _t("Step"),
    icon: "fa-pencil",
    sequence: 10,
});
