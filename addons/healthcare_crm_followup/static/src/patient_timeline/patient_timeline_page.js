import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {PatientTimeline} from "./patient_timeline";

/** The timeline on a page of its own. */
export class PatientTimelinePage extends Component {
    static template = "healthcare_crm_followup.PatientTimelinePage";
    static components = {Layout, PatientTimeline};
    static props = {...standardActionServiceProps};

    setup() {
        this.patientId = this.props.action.context.active_id;
        this.display = {controlPanel: {}};
    }
}

registry.category("actions").add("healthcare_patient_timeline", PatientTimelinePage);
