import {
    Component,
    onWillDestroy,
    onWillStart,
    onWillUpdateProps,
    useRef,
    useState,
} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {Many2XAutocomplete} from "@web/views/fields/relational_utils";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {smsLength} from "./sms_length";
import {channelsOf, fillIn, insertAt, unknownPlaceholders} from "./words";

const MODEL = "healthcare.message.template";
/** How long after the last key words are saved, in ms. */
const PAUSE = 1200;

/** The words of a message: a tab for each channel, and in it one for each language. */
export class TemplateEditorField extends Component {
    static template = "healthcare_crm_followup.TemplateEditorField";
    static components = {Dropdown, DropdownItem, Many2XAutocomplete};
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({channel: null, lang: null, status: "saved", message: "", more: []});
        this.data = useState({templates: []});
        this.subject = useRef("subject");
        this.body = useRef("body");
        this.changed = new Map();
        this.timer = null;
        onWillStart(() => this.load());
        onWillUpdateProps((next) => this.follow(next));
        const forget = this.env.healthcarePanel?.onFlush(() => this.save());
        onWillDestroy(() => {
            browser.clearTimeout(this.timer);
            forget?.();
        });
    }

    // ------------------------------------------------------------ what there is

    get list() {
        return this.props.record.data[this.props.name];
    }

    get ids() {
        return this.list.currentIds;
    }

    get workflowId() {
        return this.props.record.data.workflow_id?.id || false;
    }

    async load(ids = this.ids) {
        const data = await this.orm.call(MODEL, "editor_load", [ids, this.workflowId]);
        Object.assign(this.data, data);
        const codes = data.languages.map(([code]) => code);
        const own = user.lang.replace("-", "_");
        this.state.lang ||= codes.includes(own) ? own : codes[0];
        this.known = ids.join();
    }

    async follow(next) {
        const ids = next.record.data[next.name].currentIds;
        if (ids.join() !== this.known && (await this.save())) {
            await this.load(ids);
        }
    }

    get channels() {
        const {data} = this.props.record;
        const tried = [1, 2, 3, 4, 5].map((place) => data[`channel_${place}`]);
        const written = this.data.templates.map(({channel}) => channel);
        const labels = Object.fromEntries(this.data.channels);
        return channelsOf([...tried, ...this.state.more], written).map((code) => ({
            code,
            label: labels[code],
            template: this.data.templates.find(({channel}) => channel === code),
        }));
    }

    get otherChannels() {
        const shown = this.channels.map(({code}) => code);
        return this.data.channels.filter(([code]) => !shown.includes(code));
    }

    get current() {
        const {channels} = this;
        return channels.find(({code}) => code === this.state.channel) || channels[0];
    }

    get template() {
        return this.current?.template;
    }

    get samples() {
        return this.data.samples[this.state.lang] || {};
    }

    get preview() {
        const {subject, body} = this.template;
        return {
            subject: fillIn(this.textOf(subject), this.samples),
            body: fillIn(this.textOf(body), this.samples),
        };
    }

    /** What a patient of this language reads: the English where there is nothing else. */
    textOf(words) {
        return words[this.state.lang] || words.en_US || "";
    }

    get length() {
        return smsLength(this.preview.body);
    }

    get lengthText() {
        const {characters, parts, isUnicode} = this.length;
        return _t("%(characters)s characters, %(parts)s messages (%(alphabet)s)", {
            characters,
            parts,
            alphabet: isUnicode ? _t("any script, 70 each") : _t("Latin script, 160 each"),
        });
    }

    get unknown() {
        const {subject, body} = this.template;
        return [
            ...unknownPlaceholders(subject[this.state.lang], this.samples),
            ...unknownPlaceholders(body[this.state.lang], this.samples),
        ];
    }

    get isReadonly() {
        return this.props.readonly || !this.template.can_write;
    }

    get usedBy() {
        return this.template.used_by.join(", ");
    }

    get statusText() {
        const texts = {saved: "", changed: _t("Not saved yet"), saving: _t("Saving…")};
        return texts[this.state.status] ?? this.state.message;
    }

    hasWords(code) {
        return Boolean(this.template.body[code]);
    }

    // ------------------------------------------------------------ writing

    onInput(part, ev) {
        this.write(part, ev.target.value);
    }

    write(part, text) {
        const {template} = this;
        template[part][this.state.lang] = text;
        const changes = this.changed.get(template.id) || {subject: {}, body: {}};
        changes[part][this.state.lang] = text;
        this.changed.set(template.id, changes);
        this.saveSoon();
    }

    insert(name) {
        const el = this.body.el;
        const {text, caret} = insertAt(el.value, `{${name}}`, el.selectionStart, el.selectionEnd);
        this.write("body", text);
        browser.setTimeout(() => {
            el.focus();
            el.setSelectionRange(caret, caret);
        });
    }

    saveSoon() {
        this.state.status = "changed";
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(() => this.save(), PAUSE);
    }

    /** Save the words that changed; false when they could not be. */
    async save() {
        browser.clearTimeout(this.timer);
        const changed = [...this.changed];
        if (!changed.length) {
            return true;
        }
        this.changed = new Map();
        this.state.status = "saving";
        try {
            for (const [id, {subject, body}] of changed) {
                await this.orm.call(MODEL, "editor_save", [[id], subject, body]);
            }
        } catch (error) {
            this.changed = new Map([...changed, ...this.changed]);
            this.state.status = "failed";
            this.state.message = error.data?.message || _t("The words could not be saved.");
            return false;
        }
        if (this.state.status === "saving") {
            this.state.status = "saved";
        }
        await this.env.healthcarePanel?.reload();
        return true;
    }

    // ------------------------------------------------------------ another template

    async use(id) {
        if (!(await this.save())) {
            return;
        }
        const remove = this.template ? [this.template.id] : [];
        this.state.channel = this.current.code;
        await this.list.addAndRemove({add: [id], remove});
        await this.load();
    }

    async create() {
        const {record} = this.props;
        const {id} = await this.orm.call(MODEL, "editor_create", [
            this.current.code,
            record.data.name || _t("Message"),
            this.template?.id || false,
            this.workflowId,
            record.data.kind === "survey",
        ]);
        await this.use(id);
    }

    get chooseProps() {
        return {
            value: "",
            placeholder: _t("Choose other words…"),
            resModel: MODEL,
            fieldString: _t("Template"),
            getDomain: () => [
                ["channel", "=", this.current.code],
                ["id", "not in", this.ids],
            ],
            activeActions: {create: false, createEdit: false, write: false},
            update: (records) => records?.length && this.use(records[0].id),
            context: {},
        };
    }
}

export const templateEditorField = {
    component: TemplateEditorField,
    displayName: _t("Words in all languages"),
    supportedTypes: ["many2many"],
    fieldDependencies: [
        {name: "workflow_id", type: "many2one", readonly: true},
        {name: "name", type: "char"},
        {name: "kind", type: "selection"},
    ],
    relatedFields: [{name: "display_name", type: "char"}],
};

registry.category("fields").add("healthcare_template_editor", templateEditorField);
