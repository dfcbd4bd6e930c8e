import {Component, onMounted, onWillUpdateProps, useEffect, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useBus, useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {PATIENT_CHANGED, useOpening} from "../patient_overview/opening";

/** What everybody must know before anything else: it stays on top of the patient's form. */
export class AlertBar extends Component {
    static template = "healthcare_crm.AlertBar";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.openRecord = useOpening();
        this.state = useState({data: null, isFailed: false});
        this.record = useState(this.props.record);
        useBus(this.bus, PATIENT_CHANGED, () => this.load(this.props.record.resId));
        onMounted(() => this.load(this.props.record.resId));
        onWillUpdateProps(({record}) => {
            if (record.resId !== this.patientId) {
                this.state.data = null;
                this.load(record.resId);
            }
        });
        // what was changed in the lists of the form is saved now
        useEffect(
            (isDirty) => () => isDirty && this.load(this.props.record.resId),
            () => [this.record.dirty],
        );
    }

    get bus() {
        return this.props.record.model.bus;
    }

    async load(patientId) {
        this.patientId = patientId;
        if (!patientId) {
            return;
        }
        try {
            this.state.data = await this.keepLast.add(
                this.orm.silent.call("res.partner", "get_overview_block", [[patientId], "alerts"]),
            );
            this.state.isFailed = false;
        } catch {
            // rather nothing than what may be over
            Object.assign(this.state, {data: null, isFailed: true});
        }
    }

    /** Whether something is known that nobody may overlook. */
    get isGrave() {
        return this.state.isFailed || Boolean(this.state.data?.allergies?.length);
    }

    open(opening) {
        return this.openRecord(opening, this.props.record.resId, () =>
            this.bus.trigger(PATIENT_CHANGED),
        );
    }
}

registry.category("view_widgets").add("healthcare_alert_bar", {component: AlertBar});
