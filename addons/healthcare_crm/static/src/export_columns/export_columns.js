import {registry} from "@web/core/registry";
import {_t} from "@web/core/l10n/translation";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {Component} from "@odoo/owl";

import {groupChoices, toggle} from "./choices";

/** The columns of an export, to tick, in groups. */
export class ExportColumnsField extends Component {
    static template = "healthcare_crm.ExportColumnsField";
    static props = {...standardFieldProps};

    get groups() {
        return groupChoices(this.props.record.data.column_choices || []);
    }

    get chosen() {
        return this.props.record.data[this.props.name] || [];
    }

    onToggle(codes, on) {
        const order = (this.props.record.data.column_choices || []).map(({code}) => code);
        const value = toggle(this.chosen, codes, on, order);
        return this.props.record.update({[this.props.name]: value});
    }

    isAll(group) {
        return group.choices.every(({code}) => this.chosen.includes(code));
    }
}

registry.category("fields").add("healthcare_export_columns", {
    component: ExportColumnsField,
    displayName: _t("Columns of an export"),
    supportedTypes: ["json"],
    fieldDependencies: [{name: "column_choices", type: "json"}],
});
