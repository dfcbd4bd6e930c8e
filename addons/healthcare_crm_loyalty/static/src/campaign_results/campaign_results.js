import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {formatFloat, formatInteger} from "@web/views/fields/formatters";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {place} from "./interval";

const LOOKS = {
    met: {icon: "fa-check-circle", text: "text-success", bar: "bg-success"},
    on_course: {icon: "fa-arrow-circle-up", text: "text-success", bar: "bg-success"},
    behind: {icon: "fa-exclamation-triangle", text: "text-warning", bar: "bg-warning"},
    missed: {icon: "fa-times-circle", text: "text-danger", bar: "bg-danger"},
    better: {icon: "fa-check-circle", text: "text-success", bar: "bg-success"},
    worse: {icon: "fa-times-circle", text: "text-danger", bar: "bg-danger"},
    open: {icon: "fa-question-circle", text: "text-muted", bar: "bg-secondary"},
};

/** What came of a campaign: who took part and went how far, what it changed, what it cost. */
export class CampaignResults extends Component {
    static template = "healthcare_crm_loyalty.CampaignResults";
    static props = {...standardFieldProps};

    get results() {
        return this.props.record.data[this.props.name] || null;
    }

    get scale() {
        return place(this.results.lift);
    }

    count(value) {
        return formatInteger(value);
    }

    percent(value) {
        return formatFloat(value, {digits: [16, 1], trailingZeros: false});
    }

    look(word) {
        return LOOKS[word];
    }
}

registry.category("fields").add("healthcare_campaign_results", {
    component: CampaignResults,
    supportedTypes: ["json"],
});
