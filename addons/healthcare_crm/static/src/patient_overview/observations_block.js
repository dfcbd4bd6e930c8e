import {Component} from "@odoo/owl";
import {formatFloat} from "@web/core/utils/numbers";
import {registry} from "@web/core/registry";
import {TrendChart} from "./trend_chart";

/** The values that were measured last, each with its trend. */
export class ObservationsBlock extends Component {
    static template = "healthcare_crm.ObservationsBlock";
    static components = {TrendChart};
    static props = {data: Object, open: Function, patientId: Number};

    get charts() {
        return this.props.data.charts.map((chart) => ({
            ...chart,
            text: say(chart.value),
            points: chart.points.map((point) => ({...point, text: say(point.value)})),
        }));
    }
}

/** A value as the reader writes numbers, with the decimals it has. */
function say(value) {
    const decimals = String(Math.abs(value)).split(".")[1]?.length || 0;
    return formatFloat(value, {digits: [16, Math.min(decimals, 2)]});
}

registry.category("healthcare_patient_blocks").add("observations", ObservationsBlock);
