import {Component, onMounted, onWillUpdateProps, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {formatInteger} from "@web/views/fields/formatters";
import {PanelHead} from "../panel_form/panel_parts";

const {DateTime} = luxon;
const MODEL = "healthcare.workflow";
/** What became of a step -> its icon, and how the canvas shows it. */
const LOOKS = {
    added: {icon: "fa-plus-square-o", tone: "success"},
    removed: {icon: "fa-minus-square-o", tone: "danger"},
    changed: {icon: "fa-pencil-square-o", tone: "warning"},
};

/** The versions of the workflow, what differs between two of them, and the way back to one. */
export class VersionsPanel extends Component {
    static template = "healthcare_crm_followup.VersionsPanel";
    static components = {PanelHead};
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.keepLast = new KeepLast();
        this.format = formatInteger;
        this.looks = LOOKS;
        this.state = useState({
            versions: [],
            hasOlder: false,
            before: false,
            after: false,
            groups: null,
        });
        // not before it is there: marks draw the builder anew, and with it a panel that is not
        onMounted(() => this.load(this.props));
        onWillUpdateProps((props) => {
            const {workflow} = this.props;
            if (
                props.workflow.revision !== workflow.revision ||
                props.workflow.version !== workflow.version
            ) {
                this.load(props);
            }
        });
    }

    get words() {
        return {added: _t("new"), removed: _t("removed"), changed: _t("changed")};
    }

    /** Load the versions; at first, the draft is compared with the version that runs. */
    async load({workflow}) {
        if (!workflow.id) {
            return;
        }
        const {versions, has_older} = await this.orm.call(MODEL, "versions_load", [[workflow.id]]);
        const isKnown = versions.some(({id}) => id === this.state.before);
        Object.assign(this.state, {
            versions,
            hasOlder: has_older,
            before: isKnown
                ? this.state.before
                : (versions.find((one) => one.is_current)?.id ?? false),
        });
        await this.compare({});
    }

    async compare(choice) {
        Object.assign(this.state, choice);
        const {before, after, versions} = this.state;
        if (!versions.length) {
            return;
        }
        this.state.groups = await this.keepLast.add(
            this.orm.call(MODEL, "versions_compare", [[this.props.workflow.id], before, after]),
        );
        const steps = this.state.groups.filter(({section}) => section === "steps");
        this.props.highlight(
            Object.fromEntries(
                steps.map(({key, status}) => [
                    key,
                    {text: this.words[status], tone: LOOKS[status].tone},
                ]),
            ),
        );
    }

    nameOf({number}) {
        return _t("Version %s", number);
    }

    when({date}) {
        return deserializeDateTime(date).toLocaleString(DateTime.DATETIME_MED);
    }

    select(group) {
        if (group.section === "steps") {
            this.props.select([group.key]);
        }
    }

    takeBack(version) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Take version %s back into the draft?", version.number),
            body: _t(
                "The draft becomes what version %s was: what you changed since then and did not publish is lost. Patients are not touched until you publish.",
                version.number,
            ),
            confirmLabel: _t("Take it back"),
            confirm: async () => {
                await this.orm.call(MODEL, "versions_restore", [
                    [this.props.workflow.id],
                    version.id,
                ]);
                await this.props.reload();
            },
            cancel: () => {},
        });
    }

    async movePatients() {
        this.action.doAction(
            await this.orm.call(MODEL, "action_move_waiting", [[this.props.workflow.id]]),
        );
    }
}

registry.category("healthcare_workflow_panels").add("versions", {
    component: VersionsPanel,
    label: _t("Versions"),
    icon: "fa-history",
    sequence: 40,
});
