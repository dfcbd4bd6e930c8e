import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatInteger} from "@web/views/fields/formatters";
import {sparkline} from "../charts";
import {RateBar} from "../rate_bar/rate_bar";

const SIZE = {width: 160, height: 32};

/** All workflows beside each other. */
export class ResultsOverview extends Component {
    static template = "healthcare_crm_followup.ResultsOverview";
    static components = {RateBar};
    static props = {
        workflows: Array,
        onOpen: Function,
    };

    setup() {
        this.size = SIZE;
        this.format = formatInteger;
    }

    points(values) {
        return sparkline(values, SIZE.width, SIZE.height);
    }

    /** The trend for those who do not see it: the latest and the highest. */
    tell({trend}) {
        return _t("Entered: %(latest)s lately, %(most)s at most", {
            latest: this.format(trend.entered.at(-1)),
            most: this.format(Math.max(...trend.entered)),
        });
    }
}
