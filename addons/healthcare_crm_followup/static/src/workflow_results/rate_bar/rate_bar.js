import {Component} from "@odoo/owl";

/** A rate on a line from 0 to 100 %, with what it may be in truth around it. */
export class RateBar extends Component {
    static template = "healthcare_crm_followup.RateBar";
    static props = {
        /** {share, low, high, percent, between} */
        rate: Object,
    };

    get style() {
        const {low, high, share} = this.props.rate;
        return {
            range: `left: ${100 * low}%; width: ${100 * (high - low)}%`,
            mark: `left: ${100 * share}%`,
        };
    }
}
