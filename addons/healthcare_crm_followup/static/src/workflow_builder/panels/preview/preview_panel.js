import {Component, onMounted, onWillUpdateProps, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {formatInteger} from "@web/views/fields/formatters";
import {dayLabel} from "@healthcare_crm_followup/workflow_results/charts";
import {ResultsChart} from "@healthcare_crm_followup/workflow_results/results_chart/results_chart";
import {PanelHead} from "../panel_form/panel_parts";

const MODEL = "healthcare.workflow";
const ICONS = {
    sent: "fa-paper-plane-o",
    refused: "fa-ban",
    task: "fa-check-square-o",
    step: "fa-arrow-right",
};

/** What publishing would mean: how many enroll, when, and what would happen to them. */
export class PreviewPanel extends Component {
    static template = "healthcare_crm_followup.PreviewPanel";
    static components = {PanelHead, ResultsChart};
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.icons = ICONS;
        this.format = formatInteger;
        this.state = useState({preview: null, isPublishing: false});
        // not before it is there: marks draw the builder anew, and with it a panel that is not
        onMounted(() => this.load(this.props));
        onWillUpdateProps((props) => {
            const {workflow} = this.props;
            if (
                props.workflow.revision !== workflow.revision ||
                props.workflow.state !== workflow.state
            ) {
                this.load(props);
            }
        });
    }

    async load({workflow}) {
        const isReady = workflow.id && !workflow.has_errors && workflow.can_edit;
        this.state.preview = isReady
            ? await this.keepLast.add(this.orm.call(MODEL, "preview_load", [[workflow.id]]))
            : null;
        this.props.highlight(this.badges);
    }

    get badges() {
        const steps = this.state.preview?.steps || [];
        return Object.fromEntries(
            steps.map(({key, ways}) => [
                key,
                {text: this.format(ways.reduce((sum, {total}) => sum + total, 0)), tone: "info"},
            ]),
        );
    }

    get chart() {
        const {days} = this.state.preview;
        return {
            kind: "line",
            first: _t("Day"),
            labels: days.map(([day]) => dayLabel(day, "day")),
            series: [
                {
                    tone: "entered",
                    label: _t("Come to the first step"),
                    values: days.map(([, number]) => number),
                },
            ],
        };
    }

    get canPublish() {
        const {state, has_changes} = this.props.workflow;
        return state !== "published" || has_changes;
    }

    async publish() {
        this.state.isPublishing = true;
        try {
            await this.orm.call(MODEL, "action_publish", [[this.props.workflow.id]]);
            await this.props.reload();
        } finally {
            this.state.isPublishing = false;
        }
    }
}

registry.category("healthcare_workflow_panels").add("preview", {
    component: PreviewPanel,
    label: _t("Preview"),
    icon: "fa-eye",
    sequence: 30,
});
