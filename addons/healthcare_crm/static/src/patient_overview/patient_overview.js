import {Component, onMounted, onWillUpdateProps, useRef, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useBus, useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {inColumns} from "./arrangement";
import {LoadQueue} from "./load_queue";
import {PATIENT_CHANGED} from "./opening";
import {OverviewBlock} from "./overview_block";

/** The 360° view inside a patient's form: blocks that load on their own. */
export class PatientOverview extends Component {
    static template = "healthcare_crm.PatientOverview";
    static components = {OverviewBlock};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.root = useRef("root");
        this.queue = new LoadQueue();
        this.state = useState({blocks: null, isFailed: false, turn: 0});
        useBus(this.props.record.model.bus, PATIENT_CHANGED, () => this.state.turn++);
        onMounted(() => this.load(this.props.record.resId));
        onWillUpdateProps(({record}) => {
            if (record.resId !== this.patientId) {
                this.load(record.resId);
            }
        });
    }

    /** Learn which blocks there are; each then asks for itself. */
    async load(patientId) {
        this.patientId = patientId;
        this.queue = new LoadQueue();
        if (!patientId) {
            return;
        }
        this.state.isFailed = false;
        try {
            const {blocks} = await this.orm.silent.call("res.partner", "get_overview", [
                [patientId],
            ]);
            this.state.blocks = inColumns(blocks.filter((block) => block.name !== "alerts"));
        } catch {
            this.state.isFailed = true;
        }
    }

    onChange() {
        this.props.record.model.bus.trigger(PATIENT_CHANGED);
    }

    /** Turn to another page of the form. */
    showPage(name) {
        this.root.el
            .closest(".o_notebook")
            ?.querySelector(`.o_notebook_headers .nav-link[name="${name}"]`)
            ?.click();
    }
}

registry.category("view_widgets").add("healthcare_patient_overview", {
    component: PatientOverview,
});
