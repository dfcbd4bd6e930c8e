import {Component} from "@odoo/owl";

/** What most blocks show: labels with values, lines, a small table. */
export class BlockLines extends Component {
    static template = "healthcare_crm.BlockLines";
    static props = {data: Object, open: Function, patientId: Number};
}
