import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {useSetupAction} from "@web/search/action_hook";
import {Layout} from "@web/search/layout";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {commandOf} from "./keys";
import {Pending} from "./pending";
import {moved} from "./queue";
import {TaskCard} from "./task_card";
import {WorklistHelp} from "./worklist_help";

const MODEL = "healthcare.care.task";
const REFRESH = 30000;
const UNDO_FOR = 5000;
const NOTE_AFTER = 700;
const NOTHING_NARROWED = {role: "", company: "", workflow: "", type: "", search: ""};
/** From this width on, queue and task are side by side. */
const SPLIT = "(min-width: 1100px)";

/** The worklist: the queue on the left, the task in hand on the right, the next one by itself. */
export class Worklist extends Component {
    static template = "healthcare_crm_followup.Worklist";
    static components = {Dropdown, DropdownItem, Layout, TaskCard};
    static props = {...standardActionServiceProps};
    static displayName = _t("Worklist");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.ui = useService("ui");
        this.root = useRef("root");
        this.keepLast = new KeepLast();
        this.pending = new Pending(UNDO_FOR, (entry) => this.send(entry), {
            set: (work, delay) => browser.setTimeout(work, delay),
            clear: (timer) => browser.clearTimeout(timer),
        });
        this.state = useState({
            view: {scope: "", ...NOTHING_NARROWED},
            scopes: [],
            tasks: [],
            later: [],
            more: false,
            isLead: false,
            card: null,
            marked: null,
            showsCard: false,
            busy: false,
            noteState: "",
            undo: null,
            filters: null,
        });
        this.searchSoon = useDebounced(() => this.load(null), 300);
        this.saveNoteSoon = useDebounced(() => this.saveNote(), NOTE_AFTER);
        onWillStart(() => this.start());
        onMounted(() => {
            this.timer = browser.setInterval(() => this.refresh(), REFRESH);
        });
        onWillUnmount(() => browser.clearInterval(this.timer));
        useExternalListener(window, "keydown", (ev) => this.onKeydown(ev));
        useExternalListener(window, "pagehide", () => this.leaveAtOnce());
        useSetupAction({beforeLeave: () => this.leave()});
    }

    // ------------------------------------------------------------ loading

    async start() {
        const asked = this.props.action.params?.task_id;
        const [, filters] = await Promise.all([
            this.load(asked || (this.isSplit ? "next" : null)),
            this.orm.call(MODEL, "worklist_filters", []),
        ]);
        this.state.filters = filters;
        this.state.showsCard = Boolean(asked);
    }

    get isSplit() {
        return browser.matchMedia(SPLIT).matches;
    }

    /** Show the queue as it is now, and the task `taskId` (`"next"`: the first that is free). */
    async load(taskId) {
        const {card} = this.state;
        const found = await this.keepLast.add(
            this.orm.silent.call(MODEL, "worklist_load", [
                this.state.view,
                taskId,
                this.pending.ids,
            ]),
        );
        this.state.view.scope = found.scope;
        this.state.scopes = found.scopes;
        this.state.tasks = found.tasks;
        this.state.later = found.later;
        this.state.more = found.more;
        this.state.isLead = found.is_lead;
        if (taskId) {
            this.show(found.card, card);
        }
    }

    show(card, before) {
        const isSame = card && before?.id === card.id;
        if (isSame && this.unsaved !== undefined) {
            // what is being typed is newer than what the server has
            card.note = before.note;
        }
        if (isSame && before.colleagues) {
            card.colleagues = before.colleagues;
        }
        if (!isSame) {
            this.state.noteState = "";
            this.state.marked = card ? card.id : null;
        }
        this.state.card = card;
        if (!card) {
            this.state.showsCard = false;
        }
    }

    /** Ask again, and say that the task in hand still is. */
    async refresh() {
        if (!this.state.busy) {
            await this.load(this.state.card?.is_open ? this.state.card.id : null);
        }
    }

    async open(taskId) {
        await this.saveNote();
        await this.load(taskId);
        this.state.showsCard = true;
        this.state.marked = taskId;
    }

    async next() {
        await this.load("next");
        this.state.showsCard = Boolean(this.state.card);
    }

    async back() {
        const {card} = this.state;
        if (!card || this.isSplit) {
            return;
        }
        await this.saveNote();
        await this.orm.silent.call(MODEL, "worklist_release", [[card.id]]);
        this.state.card = null;
        this.state.showsCard = false;
        await this.load(null);
    }

    async setView(values) {
        await this.saveNote();
        Object.assign(this.state.view, values);
        await this.load(this.isSplit ? "next" : null);
    }

    onSearch(text) {
        this.state.view.search = text;
        this.searchSoon();
    }

    get rows() {
        return [...this.state.tasks, ...this.state.later];
    }

    get isNarrowed() {
        return Object.keys(NOTHING_NARROWED).some((name) => this.state.view[name]);
    }

    clearFilters() {
        return this.setView({...NOTHING_NARROWED});
    }

    // ------------------------------------------------------------ outcomes

    /** Do `work` once at a time; what goes wrong is told, and the queue is shown as it is. */
    async working(work) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            await work();
        } catch (error) {
            await this.load(null);
            throw error;
        } finally {
            this.state.busy = false;
        }
    }

    async finish(code) {
        const {card} = this.state;
        if (!card?.can_work) {
            return;
        }
        if (code === "rescheduled") {
            this.reschedule();
        } else if (code === "cancelled") {
            this.dialog.add(ConfirmationDialog, {
                title: _t("Cancel the appointment?"),
                body: _t("%(patient)s does not come: the appointment %(when)s is cancelled.", {
                    patient: card.patient,
                    when: card.appointment.when,
                }),
                confirmLabel: _t("Cancels"),
                cancelLabel: _t("Back"),
                confirm: () => this.keep(code),
                cancel: () => {},
            });
        } else {
            await this.keep(code);
        }
    }

    /** Keep an outcome for a moment in which it can be taken back, and go on with the next task. */
    async keep(code) {
        const {card} = this.state;
        await this.working(async () => {
            await this.saveNote();
            const {name} = card.outcomes.find((one) => one.code === code);
            await this.pending.add({id: card.id, code, name, patient: card.patient});
            this.state.undo = this.pending.entry;
            await this.next();
        });
    }

    async send(entry) {
        try {
            await this.orm.silent.call(MODEL, "worklist_finish", [[entry.id], entry.code]);
        } catch (error) {
            this.notification.add(error.data?.message || error.message, {
                title: _t("Not recorded: %s", entry.patient),
                type: "danger",
                sticky: true,
            });
        }
        if (this.state.undo?.id === entry.id) {
            this.state.undo = null;
        }
    }

    async undo() {
        const entry = this.pending.undo();
        this.state.undo = null;
        if (entry) {
            await this.open(entry.id);
        }
    }

    /** Another time: the appointment is moved first, then the task is over. */
    reschedule() {
        const {card} = this.state;
        this.dialog.add(FormViewDialog, {
            resModel: "calendar.event",
            resId: card.appointment.id,
            title: _t("Another time for %s", card.patient),
            context: {form_view_ref: "healthcare_crm.calendar_event_view_form_appointment"},
            canExpand: false,
            onRecordSaved: () =>
                this.working(async () => {
                    await this.saveNote();
                    await this.orm.call(MODEL, "worklist_finish", [[card.id], "rescheduled"]);
                    await this.next();
                }),
        });
    }

    async postpone(code, at = null) {
        const {card} = this.state;
        await this.working(async () => {
            await this.saveNote();
            await this.orm.call(MODEL, "worklist_postpone", [[card.id], code, at]);
            this.notification.add(_t("%s is called again later.", card.patient), {type: "success"});
            await this.next();
        });
    }

    async assign(whom) {
        const {card} = this.state;
        await this.working(async () => {
            await this.saveNote();
            const userId = whom === "me" ? user.userId : whom;
            await this.orm.call(MODEL, "worklist_assign", [[card.id], userId]);
            await (whom === "me" ? this.load(card.id) : this.next());
        });
    }

    async loadColleagues() {
        const {card} = this.state;
        if (!card.colleagues) {
            this.colleagues ??= await this.orm.silent.call(MODEL, "worklist_colleagues", []);
            card.colleagues = this.colleagues.filter((one) => one.id !== user.userId);
        }
    }

    // ------------------------------------------------------------ the note

    onNote(text) {
        this.state.card.note = text;
        this.unsaved = text;
        this.unsavedOf = this.state.card.id;
        this.state.noteState = "saving";
        this.saveNoteSoon();
    }

    async saveNote() {
        this.saveNoteSoon.cancel();
        if (this.unsaved === undefined) {
            return;
        }
        const text = this.unsaved;
        this.unsaved = undefined;
        await this.orm.silent.write(MODEL, [this.unsavedOf], {note: text});
        if (this.unsaved === undefined) {
            this.state.noteState = "saved";
        }
    }

    // ------------------------------------------------------------ leaving

    async leave() {
        await this.saveNote();
        await this.pending.flush();
        const {card} = this.state;
        if (card?.is_open) {
            await this.orm.silent.call(MODEL, "worklist_release", [[card.id]]);
        }
    }

    /** The tab is closed: there is no time to wait for answers. */
    leaveAtOnce() {
        const entry = this.pending.undo();
        if (this.unsaved !== undefined) {
            this.callAtOnce("write", [[this.unsavedOf], {note: this.unsaved}]);
        }
        if (entry) {
            this.callAtOnce("worklist_finish", [[entry.id], entry.code]);
        }
        if (this.state.card?.is_open) {
            this.callAtOnce("worklist_release", [[this.state.card.id]]);
        }
    }

    callAtOnce(method, args) {
        const params = {model: MODEL, method, args, kwargs: {context: user.context}};
        browser.fetch(`/web/dataset/call_kw/${MODEL}/${method}`, {
            method: "POST",
            keepalive: true,
            headers: {"Content-Type": "application/json"},
            body: JSON.stringify({jsonrpc: "2.0", method: "call", params}),
        });
    }

    // ------------------------------------------------------------ elsewhere

    openRecord(what) {
        const {card} = this.state;
        const isVisit = what === "appointment";
        this.dialog.add(FormViewDialog, {
            resModel: isVisit ? "calendar.event" : "res.partner",
            resId: isVisit ? card.appointment.id : card.patient_id,
            title: card.patient,
            context: {
                form_view_ref: isVisit
                    ? "healthcare_crm.calendar_event_view_form_appointment"
                    : "healthcare_crm.res_partner_view_form_patient",
            },
            onRecordSaved: () => this.load(card.id),
        });
    }

    openView(viewType) {
        this.action.doAction("healthcare_crm_followup.healthcare_care_task_action", {viewType});
    }

    openWorkload() {
        this.action.doAction("healthcare_crm_followup.healthcare_workload_action");
    }

    enterAbsence() {
        this.dialog.add(FormViewDialog, {
            resModel: "healthcare.absence",
            title: _t("Who is away, and who stands in"),
            canExpand: false,
            onRecordSaved: () => this.refresh(),
        });
    }

    // ------------------------------------------------------------ keyboard

    onKeydown(ev) {
        if (this.ui.activeElement !== document || document.querySelector(".o-dropdown--menu")) {
            return;
        }
        const command = commandOf(
            {
                key: ev.key,
                target: ev.target.tagName,
                hasModifier: ev.ctrlKey || ev.metaKey || ev.altKey,
            },
            this.state.card?.can_work ? this.state.card.outcomes : [],
        );
        if (command) {
            ev.preventDefault();
            this.obey(command, ev);
        }
    }

    obey({what, code}, ev) {
        const press = (selector) => this.root.el.querySelector(selector)?.click();
        const focus = (selector) => this.root.el.querySelector(selector)?.focus();
        const {marked} = this.state;
        const commands = {
            down: () => this.mark(1),
            up: () => this.mark(-1),
            open: () => marked && this.open(marked),
            outcome: () => this.finish(code),
            call: () => press(".o_hc_call"),
            note: () => focus(".o_hc_note"),
            later: () => press(".o_hc_later"),
            mine: () => this.state.card?.can_work && this.assign("me"),
            search: () => focus(".o_hc_search input"),
            undo: () => this.undo(),
            help: () => this.dialog.add(WorklistHelp, {}),
            back: () => this.back(),
            blur: () => ev.target.blur(),
        };
        commands[what]();
    }

    mark(step) {
        this.state.marked = moved(this.rows, this.state.marked, step);
        const row = this.root.el.querySelector(`[data-task="${this.state.marked}"]`);
        row?.scrollIntoView({block: "nearest"});
    }
}

registry.category("actions").add("healthcare_worklist", Worklist);
