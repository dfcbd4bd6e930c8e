import {Component} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

const MODEL = "healthcare.workflow";
const ACTION = "healthcare_crm_followup.healthcare_workflow_action";

/** What is done with the whole workflow: name, publish, panels, life. */
export class BuilderToolbar extends Component {
    static template = "healthcare_crm_followup.BuilderToolbar";
    static components = {Dropdown, DropdownItem};
    static props = {
        model: Object,
        canvas: Object,
        saveState: String,
        panel: [String, {value: null}],
        panels: Array,
        hasProblemPanel: Boolean,
        hasSettingsPanel: Boolean,
        flush: Function,
        onPanel: Function,
        onHelp: Function,
        onSearch: Function,
        "*": true,
    };

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.orm = useService("orm");
    }

    get canvas() {
        return this.props.canvas;
    }

    /** The page before this one: back to the list. */
    get back() {
        return this.env.config.breadcrumbs.slice(0, -1).at(-1);
    }

    get state() {
        const {state, active, has_changes: hasChanges, version} = this.canvas;
        if (!active) {
            return {label: _t("Archived"), icon: "fa-archive", tone: "secondary"};
        }
        const states = {
            draft: {label: _t("Draft"), icon: "fa-pencil", tone: "secondary"},
            published: {label: _t("Running"), icon: "fa-play-circle", tone: "success"},
            paused: {label: _t("Paused"), icon: "fa-pause-circle", tone: "warning"},
        };
        const found = states[state] || states.draft;
        const title =
            hasChanges && version
                ? _t(
                      "Changed since version %s was published. Publish to let the changes take effect.",
                      version,
                  )
                : version
                  ? _t("Version %s", version)
                  : _t("Not published yet");
        return {...found, title};
    }

    get saveWords() {
        return {
            saved: this.canvas.id ? _t("Saved") : "",
            saving: _t("Saving…"),
            failed: _t("Not saved"),
        }[this.props.saveState];
    }

    get errorCount() {
        return this.canvas.problems.filter(({level}) => level === "error").length;
    }

    get problemWords() {
        const {length} = this.canvas.problems;
        return length ? _t("Problems: %s", length) : _t("No problems");
    }

    get isPublishable() {
        return !this.whyNotPublish;
    }

    get whyNotPublish() {
        if (!this.canvas.id || !Object.keys(this.canvas.doc.steps).length) {
            return _t("Add a step first.");
        }
        if (this.errorCount) {
            return this.errorCount === 1
                ? _t("There is one problem to be mended first.")
                : _t("There are %s problems to be mended first.", this.errorCount);
        }
        if (this.canvas.state === "published" && !this.canvas.has_changes) {
            return _t("It runs as it is here.");
        }
        return "";
    }

    async publish() {
        if (!(await this.props.flush())) {
            return;
        }
        if (this.whyNotPublish) {
            this.notification.add(this.whyNotPublish, {type: "warning"});
            return;
        }
        await this.orm.call(MODEL, "action_publish", [[this.canvas.id]]);
        await this.props.model.reload();
        this.notification.add(
            _t("“%(name)s” is running: version %(version)s.", {
                name: this.canvas.name,
                version: this.canvas.version,
            }),
            {type: "success"},
        );
    }

    async rename(ev) {
        const name = ev.target.value.trim();
        if (name && name !== this.canvas.name) {
            await this.props.model.rename(name);
            this.env.config.setDisplayName(name);
        } else {
            ev.target.value = this.canvas.name;
        }
    }

    onNameKeydown(ev) {
        if (ev.key === "Enter") {
            ev.target.blur();
        } else if (ev.key === "Escape") {
            ev.target.value = this.canvas.name;
            ev.target.blur();
        }
    }

    /** Run a button's method of the workflow, and show what it answers with. */
    async run(method) {
        if (await this.props.flush()) {
            const action = await this.orm.call(MODEL, method, [[this.canvas.id]]);
            const onClose = () => this.props.model.reload();
            if (action && typeof action === "object") {
                await this.action.doAction(action, {onClose});
            } else {
                await onClose();
            }
        }
    }

    async duplicate() {
        if (await this.props.flush()) {
            const [resId] = await this.orm.call(MODEL, "copy", [[this.canvas.id]]);
            await this.action.doAction(ACTION, {viewType: "form", props: {resId}});
        }
    }

    remove() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Delete this workflow?"),
            body: _t(
                "“%s” was never published. It is deleted with all its steps.",
                this.canvas.name,
            ),
            confirmLabel: _t("Delete"),
            confirm: async () => {
                await this.orm.unlink(MODEL, [this.canvas.id]);
                await this.action.doAction(ACTION, {clearBreadcrumbs: true});
            },
            cancel: () => {},
        });
    }
}
