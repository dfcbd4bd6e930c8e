import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {PatientTimeline} from "./patient_timeline";

/** The timeline inside a patient's form. */
export class PatientTimelineWidget extends Component {
    static template = "healthcare_crm_followup.PatientTimelineWidget";
    static components = {PatientTimeline};
    static props = {...standardWidgetProps};
}

registry.category("view_widgets").add("healthcare_patient_timeline", {
    component: PatientTimelineWidget,
});
