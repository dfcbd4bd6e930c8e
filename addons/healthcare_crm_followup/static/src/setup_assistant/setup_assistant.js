import {Component, onWillStart, useEffect, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {ChannelsStep} from "./channels_step";
import {ClinicStep} from "./clinic_step";
import {HoursStep} from "./hours_step";
import {LanguagesStep} from "./languages_step";
import {TestStep} from "./test_step";
import {WorkflowsStep} from "./workflows_step";

const MODEL = "healthcare.setup";
/** What each step of the server says, and shows. */
const STEPS = {
    clinic: {
        lead: _t("Patients read this in every message and letter."),
        component: ClinicStep,
    },
    hours: {
        lead: _t("Working days and quiet hours decide when patients are contacted."),
        component: HoursStep,
    },
    languages: {
        lead: _t(
            "Patients get messages in their own language, colleagues read the screens in theirs.",
        ),
        component: LanguagesStep,
    },
    channels: {
        lead: _t("How messages leave the clinic."),
        component: ChannelsStep,
    },
    workflows: {
        lead: _t("Three are a good start. They begin as soon as you switch them on."),
        component: WorkflowsStep,
    },
    test: {
        lead: _t("Send one to yourself before patients get theirs."),
        component: TestStep,
    },
};
const STATES = {
    done: {icon: "fa-check-circle text-success", label: _t("Done")},
    skipped: {icon: "fa-clock-o text-muted", label: _t("Later")},
    open: {icon: "fa-circle-o text-muted", label: _t("To do")},
};

/** The first steps of a clinic: one page, six steps, each of which can be left for later. */
export class SetupAssistant extends Component {
    static template = "healthcare_crm_followup.SetupAssistant";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.title = useRef("title");
        this.state = useState({steps: [], values: {}, current: null, busy: false});
        this.env.config.setDisplayName(_t("Setup"));
        onWillStart(async () => {
            this.show(await this.orm.call(MODEL, "load", []));
            this.state.current =
                this.state.steps.find(({state}) => state === "open")?.id || this.overview;
        });
        useEffect(
            () => this.title.el?.focus(),
            () => [this.state.current],
        );
    }

    get overview() {
        return "overview";
    }

    get steps() {
        return this.state.steps.map((step, index) => ({
            ...step,
            ...STEPS[step.id],
            number: index + 1,
            mark: STATES[step.state],
        }));
    }

    get current() {
        return this.steps.find(({id}) => id === this.state.current);
    }

    get doneCount() {
        return this.steps.filter(({state}) => state === "done").length;
    }

    get progress() {
        return _t("%(done)s of %(total)s done", {
            done: this.doneCount,
            total: this.steps.length,
        });
    }

    get stepOf() {
        return _t("Step %(number)s of %(total)s", {
            number: this.current.number,
            total: this.steps.length,
        });
    }

    show({steps, values}) {
        Object.assign(this.state, {steps, values});
    }

    open(id) {
        this.state.current = id;
    }

    /** Go to the step after `id`, to the overview after the last one. */
    openAfter(id) {
        const place = this.state.steps.findIndex((step) => step.id === id);
        this.open(this.state.steps[place + 1]?.id || this.overview);
    }

    /** Do `work` while nothing else can be pressed. */
    async whileBusy(work) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            return await work();
        } finally {
            this.state.busy = false;
        }
    }

    save() {
        const {id} = this.current;
        return this.whileBusy(async () => {
            this.show(await this.orm.call(MODEL, "save", [id, this.state.values[id]]));
            this.openAfter(id);
        });
    }

    later() {
        const {id} = this.current;
        return this.whileBusy(async () => {
            this.show(await this.orm.call(MODEL, "skip", [id]));
            this.openAfter(id);
        });
    }

    finish() {
        return this.whileBusy(async () => {
            await this.orm.call(MODEL, "finish", []);
            await this.action.doAction("healthcare_crm_followup.healthcare_workflow_action", {
                clearBreadcrumbs: true,
            });
        });
    }
}

registry.category("actions").add("healthcare_setup", SetupAssistant);
