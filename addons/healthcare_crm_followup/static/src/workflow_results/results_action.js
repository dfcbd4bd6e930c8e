import {Component, onMounted, onWillStart, useState} from "@odoo/owl";
import {router} from "@web/core/browser/router";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {deserializeDateTime, formatDate} from "@web/core/l10n/dates";
import {useSetupAction} from "@web/search/action_hook";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {periods} from "./charts";
import {ResultsOverview} from "./results_overview/results_overview";
import {WorkflowResults} from "./workflow_results/workflow_results";

const MODEL = "healthcare.workflow";

/**
 * The results of one workflow, or of all beside each other where the address names none. Period and
 * version are in the address too, so that the page can be bookmarked.
 */
export class ResultsAction extends Component {
    static template = "healthcare_crm_followup.ResultsAction";
    static components = {Layout, ResultsOverview, WorkflowResults};
    static props = {...standardActionServiceProps};
    static path = "workflow-results";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.display = {controlPanel: {}};
        this.periods = periods();
        const asked = this.props.state?.filters || router.current;
        const known = this.periods.some(([code]) => code === String(asked.period));
        this.workflowId = this.props.resId || this.props.action.params?.workflow_id || false;
        this.state = useState({
            period: known ? String(asked.period) : "30",
            version: (this.workflowId && Number(asked.version)) || false,
            page: null,
            workflows: null,
        });
        useSetupAction({getLocalState: () => ({filters: this.filters})});
        onWillStart(() => this.load());
        onMounted(() => this.setAddress());
    }

    get filters() {
        return {period: this.state.period, version: this.state.version};
    }

    get hasFigures() {
        return Boolean(this.state.page || this.state.workflows?.length);
    }

    versionLabel({number, date}) {
        return _t("Version %(number)s, of %(date)s", {
            number,
            date: formatDate(deserializeDateTime(date)),
        });
    }

    async load() {
        const {period, version} = this.state;
        const loaded = this.workflowId
            ? this.orm.call(MODEL, "results_load", [[this.workflowId], period, version])
            : this.orm.call(MODEL, "results_overview", [period]);
        const found = await this.keepLast.add(loaded);
        if (this.workflowId) {
            this.state.page = found;
            this.env.config.setDisplayName(_t("Results: %s", found.name));
        } else {
            this.state.workflows = found;
            this.env.config.setDisplayName(_t("Workflow Results"));
        }
    }

    setAddress() {
        this.props.updateActionState?.({
            resId: this.workflowId,
            period: this.state.period,
            version: this.state.version || undefined,
        });
    }

    async filter(values) {
        Object.assign(this.state, values);
        this.setAddress();
        await this.load();
    }

    async openWorkflow(id) {
        this.action.doAction(await this.orm.call(MODEL, "action_open_results", [[id]]));
    }

    async openDays() {
        const ids = this.workflowId ? [this.workflowId] : [];
        this.action.doAction(await this.orm.call(MODEL, "results_open_days", [ids]));
    }
}

registry.category("actions").add("healthcare_workflow_results", ResultsAction);
