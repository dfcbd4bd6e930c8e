import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {formatInteger} from "@web/views/fields/formatters";
import {funnelChart, reasonsChart, reasonsOf, trendChart} from "../charts";
import {RateBar} from "../rate_bar/rate_bar";
import {ResultsChart} from "../results_chart/results_chart";

/** What came of one workflow: figures, graphs, and which way of a split did better. */
export class WorkflowResults extends Component {
    static template = "healthcare_crm_followup.WorkflowResults";
    static components = {RateBar, ResultsChart};
    static props = {
        page: Object,
        /** {period, version} */
        filters: Object,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.format = formatInteger;
    }

    get isEmpty() {
        const {figures} = this.props.page;
        return !figures.enrolled && !figures.under_way && !figures.left;
    }

    get figures() {
        const {figures} = this.props.page;
        return [
            {code: "enrolled", label: _t("Entered"), icon: "fa-sign-in", total: figures.enrolled},
            {
                code: "under_way",
                label: _t("Under way now"),
                icon: "fa-clock-o",
                total: figures.under_way,
            },
            {code: "left", label: _t("Left early"), icon: "fa-sign-out", total: figures.left},
            {
                code: "incidents",
                label: _t("Incidents now"),
                icon: "fa-exclamation-triangle",
                total: figures.incidents,
            },
        ];
    }

    get funnel() {
        return funnelChart(this.props.page.steps);
    }

    get trend() {
        return trendChart(this.props.page.trend);
    }

    get reasons() {
        return reasonsOf(this.props.page);
    }

    get reasonsChart() {
        return reasonsChart(this.reasons);
    }

    get splits() {
        return this.props.page.steps.filter(({arms}) => arms.length);
    }

    async open(method, ...args) {
        this.action.doAction(
            await this.orm.call("healthcare.workflow", method, [[this.props.page.id], ...args]),
        );
    }

    openFigure(code) {
        if (code === "incidents") {
            return this.open("action_open_incidents");
        }
        const {period, version} = this.props.filters;
        return this.open("results_open_patients", code, period, version);
    }

    openStep({which}, place) {
        return this.open("canvas_open_patients", this.props.page.steps[place].key, which);
    }

    openReason({tone}, place) {
        if (tone === "left") {
            this.openFigure(`left/${this.reasons.left[place].code}`);
        }
    }
}
