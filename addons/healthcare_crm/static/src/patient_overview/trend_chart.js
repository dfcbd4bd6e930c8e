import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {trend} from "./trend";

const SIZE = {width: 220, height: 64};

/** The last values of one observation, with the range they should be in. */
export class TrendChart extends Component {
    static template = "healthcare_crm.TrendChart";
    static props = {name: String, unit: String, points: Array, range: Object};

    get size() {
        return SIZE;
    }

    get chart() {
        return trend(this.props.points, this.props.range, SIZE);
    }

    /** The chart in words, for who does not see it. */
    get description() {
        const {name, unit, points} = this.props;
        const values = points.map((point) => `${point.text} (${point.when})`).join(", ");
        return _t("Trend of %(name)s in %(unit)s: %(values)s", {name, unit, values});
    }

    getTitle(index) {
        const {text, when} = this.props.points[index];
        return `${text} ${this.props.unit} · ${when}`;
    }
}
