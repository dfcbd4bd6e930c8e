import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {localization} from "@web/core/l10n/localization";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {SelectMenu} from "@web/core/select_menu/select_menu";
import {copyDay, toClock, toHours} from "./hours";

const {Info} = luxon;
const WORKDAYS = [0, 1, 2, 3, 4];

/** When the clinic is open, and when it leaves its patients in peace. */
export class HoursStep extends Component {
    static template = "healthcare_crm_followup.SetupHours";
    static components = {SelectMenu};
    static props = ["*"];

    setup() {
        this.action = useService("action");
        this.toClock = toClock;
        this.days = Info.weekdays("long", {locale: user.lang || localization.code});
    }

    get holidayCountries() {
        return this.props.all.clinic.countries;
    }

    /** One end of a session; without both of them there is no session. */
    clockOf(day, session, end) {
        const hours = this.props.values.days[day][session];
        return hours && hours[end] !== false ? toClock(hours[end]) : "";
    }

    setClock(day, session, end, clock) {
        const sessions = this.props.values.days[day];
        const hours = sessions[session] ? [...sessions[session]] : [false, false];
        hours[end] = toHours(clock);
        sessions[session] = hours.every((hour) => hour === false) ? false : hours;
    }

    hoursOf(ev) {
        // quiet hours are over by midnight, or begin before it
        return Math.min(toHours(ev.target.value) || 0, 23.98);
    }

    copyMonday() {
        const {values} = this.props;
        values.days = copyDay(values.days, 0, WORKDAYS);
    }

    labelOf(day, session, end) {
        const parts = {day: this.days[day], session: this.props.values.sessions[session]};
        return end
            ? _t("%(day)s, %(session)s: until", parts)
            : _t("%(day)s, %(session)s: from", parts);
    }

    openCalendar() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "resource.calendar",
            res_id: this.props.values.calendar,
            views: [[false, "form"]],
        });
    }
}
