import {registry} from "@web/core/registry";
import {SelectionField, selectionField} from "@web/views/fields/selection/selection_field";

/**
 * A choice among values that the record itself offers: a text field whose choices, pairs of value and
 * label, are in the JSON field that the option `choices` names.
 */
export class ChoiceField extends SelectionField {
    static props = {...SelectionField.props, choices: {type: String}};

    get options() {
        const offered = this.props.record.data[this.props.choices] || [];
        const {value} = this;
        // What is not offered any more is shown as it is
        return !value || offered.some(([code]) => code === value)
            ? offered
            : [...offered, [value, value]];
    }

    get string() {
        return this.options.find(([code]) => code === this.value)?.[1] || "";
    }

    onChange(value) {
        this.props.record.update({[this.props.name]: value ?? false}, {save: this.props.autosave});
    }
}

registry.category("fields").add("healthcare_choice", {
    ...selectionField,
    component: ChoiceField,
    supportedTypes: ["char"],
    isEmpty: (record, fieldName) => !record.data[fieldName],
    extractProps({options}) {
        return {...selectionField.extractProps(...arguments), choices: options.choices};
    },
});
