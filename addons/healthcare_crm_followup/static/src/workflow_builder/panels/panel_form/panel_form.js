import {
    Component,
    onWillDestroy,
    onWillUpdateProps,
    useEffect,
    useRef,
    useState,
    useSubEnv,
} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {View} from "@web/views/view";
import {AFTER_CHANGE, AFTER_KEY, isInterrupting} from "./autosave";
import "./panel_form_view";

/**
 * Odoo's own form of one record inside a panel of the workflow builder. It saves itself shortly after
 * each change, keeps the caret where it is, and says so.
 */
export class PanelForm extends Component {
    static template = "healthcare_crm_followup.PanelForm";
    static components = {View};
    static props = {
        resModel: String,
        resId: Number,
        formRef: String,
        title: String,
        readonly: Boolean,
        // Changes when somebody else, the canvas for example, changed the record
        revision: String,
        register: Function,
        reload: Function,
        slots: {type: Object, optional: true},
    };

    setup() {
        this.state = useState({status: "saved", message: ""});
        this.root = useRef("root");
        this.flushers = new Set();
        this.timer = null;
        this.model = null;
        this.isSaving = false;
        useSubEnv({
            config: {...this.env.config, setDisplayName: () => {}},
            healthcarePanel: {
                onFlush: (flush) => {
                    this.flushers.add(flush);
                    return () => this.flushers.delete(flush);
                },
                reload: () => this.reload(),
            },
        });
        this.viewProps = {
            type: "form",
            resModel: this.props.resModel,
            resId: this.props.resId,
            views: [[false, "form"]],
            viewId: false,
            context: {form_view_ref: this.props.formRef},
            display: {controlPanel: false},
            readonly: this.props.readonly,
            preventCreate: true,
            preventEdit: this.props.readonly,
            panel: {
                title: this.props.title,
                attach: (model) => (this.model = model),
                onChanged: () => this.saveSoon(AFTER_CHANGE),
            },
        };
        this.props.register({flush: () => this.flush()});
        useEffect(
            (root) => {
                const onInput = () => this.saveSoon(AFTER_KEY);
                root.addEventListener("input", onInput);
                return () => root.removeEventListener("input", onInput);
            },
            () => [this.root.el],
        );
        onWillUpdateProps((next) => this.follow(next));
        onWillDestroy(() => browser.clearTimeout(this.timer));
    }

    get statusText() {
        const texts = {
            saved: _t("Saved"),
            changed: _t("Not saved yet"),
            saving: _t("Saving…"),
        };
        return texts[this.state.status] || this.state.message;
    }

    /** Show what the canvas made of the record. */
    async follow(next) {
        const isOurs = this.isSaving || next.revision === this.props.revision;
        if (!isOurs && this.model?.root && !(await this.model.root.isDirty())) {
            await this.model.root.load();
        }
    }

    saveSoon(delay) {
        if (this.props.readonly) {
            return;
        }
        this.tell("changed");
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(() => {
            if (isInterrupting(document.activeElement)) {
                this.saveSoon(delay);
            } else {
                this.save();
            }
        }, delay);
    }

    tell(status, message = "") {
        Object.assign(this.state, {status, message});
    }

    /** Save everything in the panel; false where something is missing. */
    async flush() {
        for (const flush of this.flushers) {
            if ((await flush()) === false) {
                return false;
            }
        }
        return this.save();
    }

    async save() {
        browser.clearTimeout(this.timer);
        const record = this.model?.root;
        if (!record || this.props.readonly || !(await record.isDirty())) {
            this.tell("saved");
            return true;
        }
        if (!(await record.checkValidity({displayNotification: false}))) {
            this.tell("missing", this.describeMissing(record));
            return false;
        }
        this.tell("saving");
        this.isSaving = true;
        try {
            const onError = (error) => {
                this.tell("failed", error.data?.message || error.message);
                return false;
            };
            if (!(await this.props.reload(() => record.save({onError})))) {
                return false;
            }
        } finally {
            this.isSaving = false;
        }
        if (this.state.status === "saving") {
            this.tell("saved");
        }
        return true;
    }

    describeMissing(record) {
        const names = Object.keys(record.activeFields).filter((name) =>
            record.isFieldInvalid(name),
        );
        const labels = names.map((name) => record.fields[name].string);
        return _t("Not saved: %s is missing or cannot be read.", labels.join(", "));
    }

    /** Something that belongs to the record but is kept elsewhere, as words of a template, changed. */
    async reload() {
        this.isSaving = true;
        try {
            await this.props.reload();
        } finally {
            this.isSaving = false;
        }
    }
}
