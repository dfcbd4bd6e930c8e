import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {TrendChart} from "./trend_chart";

/** The values that were measured last, each with its trend. */
export class ObservationsBlock extends Component {
    static template = "healthcare_crm.ObservationsBlock";
    static components = {TrendChart};
    static props = {data: Object, open: Function, patientId: Number};
}

registry.category("healthcare_patient_blocks").add("observations", ObservationsBlock);
