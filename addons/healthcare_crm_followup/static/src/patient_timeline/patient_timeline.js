import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {KIND_ICONS, byDay, toggled} from "./timeline_groups";

const {DateTime} = luxon;

const KIND_LABELS = {
    message: _t("Messages"),
    task: _t("Calls and tasks"),
    appointment: _t("Appointments"),
    consent: _t("Consents"),
    survey: _t("Questionnaires"),
    workflow: _t("Workflows"),
};
/** What a button does: a method of the patient that returns an action. */
const ACTIONS = {book: "action_new_appointment", consent: "action_record_consent"};
const PAGE = 50;

/** Everything sent, received, planned and refused of one patient, with the reason in words. */
export class PatientTimeline extends Component {
    static template = "healthcare_crm_followup.PatientTimeline";
    static props = {patientId: Number};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({
            kinds: [],
            entries: [],
            planned: [],
            next: false,
            phone: false,
            isStaff: false,
            isLoading: true,
            words: {},
        });
        onWillStart(() => this.load(this.props.patientId));
        onWillUpdateProps((next) => {
            if (next.patientId !== this.props.patientId) {
                return this.load(next.patientId);
            }
        });
    }

    // ------------------------------------------------------------ loading

    fetch(patientId, before = null) {
        return this.keepLast.add(
            this.orm.call("res.partner", "get_timeline", [[patientId]], {
                limit: PAGE,
                before,
                kinds: this.state.kinds,
            }),
        );
    }

    async load(patientId = this.props.patientId) {
        this.state.isLoading = true;
        const page = await this.fetch(patientId);
        Object.assign(this.state, {
            entries: page.entries.map(withMoment),
            planned: page.planned.map(withMoment),
            next: page.next,
            phone: page.phone,
            isStaff: page.is_staff,
            isLoading: false,
            words: {},
        });
    }

    async loadMore() {
        this.state.isLoading = true;
        const page = await this.fetch(this.props.patientId, this.state.next);
        this.state.entries.push(...page.entries.map(withMoment));
        this.state.next = page.next;
        this.state.isLoading = false;
    }

    // ------------------------------------------------------------ showing

    get kinds() {
        return Object.entries(KIND_LABELS).map(([kind, label]) => ({
            kind,
            label,
            icon: KIND_ICONS[kind],
            isOn: this.state.kinds.includes(kind),
        }));
    }

    get groups() {
        const groups = byDay(this.state.entries).map(({key, day, entries}) => ({
            key,
            title: this.getDayTitle(day),
            entries,
        }));
        if (this.state.planned.length) {
            groups.unshift({key: "planned", title: _t("Planned"), entries: this.state.planned});
        }
        return groups;
    }

    get isEmpty() {
        return !this.state.isLoading && !this.groups.length;
    }

    getDayTitle(day) {
        const days = DateTime.now().startOf("day").diff(day, "days").days;
        if (days === 0) {
            return _t("Today");
        }
        return days === 1 ? _t("Yesterday") : day.toLocaleString(DateTime.DATE_HUGE);
    }

    /** The hour is enough within its day; what is planned has its day with it. */
    getTime(entry, group) {
        if (!entry.moment) {
            return "";
        }
        const isDated = group.key === "planned";
        return entry.moment.toLocaleString(isDated ? DateTime.DATETIME_MED : DateTime.TIME_SIMPLE);
    }

    // ------------------------------------------------------------ acting

    toggleKind(kind) {
        this.state.kinds = toggled(this.state.kinds, kind);
        return this.load();
    }

    showAll() {
        this.state.kinds = [];
        return this.load();
    }

    /** Show the words behind an entry, or hide them: read now, with the reader's own rights. */
    async toggleWords(entry) {
        const {words} = this.state;
        if (entry.id in words) {
            delete words[entry.id];
            return;
        }
        const {model, id, fields} = entry.more;
        const [record] = await this.orm.read(model, [id], fields);
        words[entry.id] = fields.map((field) => record[field]).filter(Boolean);
    }

    async act(name) {
        const action = await this.orm.call("res.partner", ACTIONS[name], [[this.props.patientId]]);
        return this.action.doAction(action, {onClose: () => this.load()});
    }
}

function withMoment(entry) {
    return {...entry, moment: entry.date && deserializeDateTime(entry.date)};
}
