import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {START} from "../../document";
import {iconOf} from "../../../step_icons/step_icons";
import {PanelHead} from "../panel_form/panel_parts";
import {groupProblems} from "./group_problems";

/** What is to be mended before publishing, step by step; each line leads to its place. */
export class ProblemsPanel extends Component {
    static template = "healthcare_crm_followup.ProblemsPanel";
    static components = {PanelHead};
    static props = {workflow: Object, select: Function, open: Function, close: Function, "*": true};

    get title() {
        return _t("To Be Mended");
    }

    get groups() {
        const {problems, doc} = this.props.workflow;
        const titles = {starts: _t("Starts"), rules: _t("Rules"), steps: _t("Steps")};
        return groupProblems(problems, doc).map((group) => {
            const step = doc.steps[group.step];
            return {
                ...group,
                title: step ? step.name : titles[group.section],
                icon: step ? iconOf(step.kind, step.values) : "fa-play",
            };
        });
    }

    /** Show the step, and what there is to be mended about it. */
    open({step}) {
        const key = step || START;
        this.props.select([key]);
        this.props.open(key);
    }
}

registry.category("healthcare_workflow_panels").add("problems", {
    component: ProblemsPanel,
    label: _t("To Be Mended"),
    icon: "fa-exclamation-triangle",
    sequence: 30,
});
