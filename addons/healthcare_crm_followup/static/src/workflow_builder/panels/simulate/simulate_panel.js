import {Component, onMounted, onWillUpdateProps, useState} from "@odoo/owl";
import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {deserializeDateTime, serializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {MultiRecordSelector} from "@web/core/record_selectors/multi_record_selector";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {formatInteger} from "@web/views/fields/formatters";
import {prepare, standing, toldUntil, totals} from "./playback";
import {TimeSlider} from "./time_slider/time_slider";
import {PanelHead} from "../panel_form/panel_parts";

const {DateTime} = luxon;
const MODEL = "healthcare.workflow";
const DAYS = 30;
/** More lines than anybody reads at once; how many there are is told. */
const SHOWN = 60;
const ICONS = {
    sent: "fa-paper-plane-o",
    refused: "fa-ban",
    task: "fa-check-square-o",
};

/** Plays the draft with a clock that is put forward; nothing is sent, nothing is written. */
export class SimulatePanel extends Component {
    static template = "healthcare_crm_followup.SimulatePanel";
    static components = {PanelHead, DateTimeInput, MultiRecordSelector, TimeSlider};
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.icons = ICONS;
        this.format = formatInteger;
        this.today = DateTime.now().startOf("hour");
        this.state = useState({
            whom: "coming",
            patientIds: [],
            from: this.today,
            to: this.today.plus({days: DAYS}),
            questions: [],
            answers: {},
            rehearsal: null,
            time: 0,
            isPlaying: false,
            isOutdated: false,
            error: "",
            open: {},
        });
        // not before it is there: marks draw the builder anew, and with it a panel that is not
        onMounted(() => this.loadQuestions());
        onWillUpdateProps((props) => {
            this.onDrawn(props);
        });
    }

    get canPlay() {
        const {workflow} = this.props;
        return Boolean(workflow.id) && !workflow.has_errors && workflow.can_edit;
    }

    async loadQuestions() {
        const {workflow} = this.props;
        this.state.questions =
            workflow.id && workflow.can_edit
                ? await this.orm.call(MODEL, "simulate_questions", [[workflow.id]])
                : [];
    }

    /** What was played does not fit the drawing any more. */
    async onDrawn({workflow}) {
        if (workflow.revision !== this.props.workflow.revision) {
            this.state.isOutdated = Boolean(this.state.rehearsal);
            await this.loadQuestions();
        }
    }

    answer(key, outcome) {
        if (outcome) {
            this.state.answers[key] = outcome;
        } else {
            delete this.state.answers[key];
        }
        this.state.isOutdated = Boolean(this.state.rehearsal);
    }

    async play() {
        const {state} = this;
        state.isPlaying = true;
        state.error = "";
        try {
            const rehearsal = await this.orm.call(MODEL, "simulate_play", [
                [this.props.workflow.id],
                serializeDateTime(state.from),
                serializeDateTime(state.to),
                state.whom === "chosen" ? state.patientIds : null,
                state.answers,
            ]);
            Object.assign(state, {rehearsal: prepare(rehearsal), isOutdated: false, open: {}});
            this.goTo(state.rehearsal.to);
        } catch (error) {
            if (!error.data?.message) {
                throw error;
            }
            state.error = error.data.message;
        } finally {
            state.isPlaying = false;
        }
    }

    // ------------------------------------------------------------ what is seen

    goTo(time) {
        this.state.time = time;
        const counts = standing(this.state.rehearsal, time);
        this.props.highlight(
            Object.fromEntries(
                Object.entries(counts).map(([key, {here, through}]) => [
                    key,
                    here
                        ? {text: _t("%s here", this.format(here)), tone: "info"}
                        : {text: _t("%s through", this.format(through)), tone: "success"},
                ]),
            ),
        );
    }

    get totals() {
        const found = totals(this.state.rehearsal, this.state.time);
        return [
            ["sent", _t("sent"), found.sent],
            ["refused", _t("not sent"), found.refused],
            ["task", _t("tasks"), found.task],
        ];
    }

    get told() {
        return toldUntil(this.state.rehearsal, this.state.time);
    }

    get shown() {
        return this.told.slice(0, SHOWN);
    }

    when(line) {
        return DateTime.fromMillis(line.time).toLocaleString({
            weekday: "short",
            month: "short",
            day: "numeric",
            hour: "numeric",
            minute: "2-digit",
        });
    }

    sendTime(line) {
        return deserializeDateTime(line.send_at).toLocaleString(DateTime.DATETIME_SHORT);
    }

    /** Show the words of a message, or put them away. */
    async toggleWords(line) {
        const {open} = this.state;
        if (open[line.number]) {
            delete open[line.number];
            return;
        }
        open[line.number] = await this.orm.call(MODEL, "simulate_words", [
            [this.props.workflow.id],
            line.key,
            line.channel,
            line.lang,
            line.patient_id || false,
            line.appointment_id || false,
        ]);
    }
}

registry.category("healthcare_workflow_panels").add("simulate", {
    component: SimulatePanel,
    label: _t("Simulate"),
    icon: "fa-play-circle",
    sequence: 20,
});
