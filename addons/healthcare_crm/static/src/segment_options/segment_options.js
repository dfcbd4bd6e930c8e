import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {chosenLabels, toggled} from "./chosen";

/** Boxes to tick, or one to choose, among what the record itself offers in its field `choices`. */
export class SegmentOptions extends Component {
    static template = "healthcare_crm.SegmentOptions";
    static props = {...standardFieldProps};

    get choices() {
        return this.props.record.data.choices || [];
    }

    get chosen() {
        return this.props.record.data[this.props.name] || [];
    }

    get single() {
        return this.props.record.data.single;
    }

    get labels() {
        return chosenLabels(this.choices, this.chosen);
    }

    inputId(code) {
        return `${this.props.id || this.props.name}_${code}`;
    }

    toggle(code) {
        const value = this.single ? [code] : toggled(this.chosen, code);
        this.props.record.update({[this.props.name]: value});
    }
}

registry.category("fields").add("healthcare_segment_options", {
    component: SegmentOptions,
    supportedTypes: ["json"],
    fieldDependencies: [
        {name: "choices", type: "json"},
        {name: "single", type: "boolean"},
    ],
});
