import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {_t} from "@web/core/l10n/translation";
import {iconOf} from "./alert_icons";

/**
 * What to know about a patient before meeting them: in a form each alert as a word with an icon, in
 * a list one icon that says them all when pointed at.
 */
export class PatientAlerts extends Component {
    static template = "healthcare_crm.PatientAlerts";
    static props = {...standardFieldProps, allergies: {type: Boolean, optional: true}};

    get alerts() {
        return (this.props.record.data[this.props.name] || []).map((alert) => ({
            ...alert,
            icon: iconOf(alert.kind, this.props.allergies),
        }));
    }

    get words() {
        return this.alerts.map(({text}) => text).join("\n");
    }

    get inList() {
        return this.env.config?.viewType === "list";
    }

    get label() {
        return this.props.allergies ? _t("Allergies") : _t("Alerts");
    }
}

registry.category("fields").add("healthcare_patient_alerts", {
    component: PatientAlerts,
    supportedTypes: ["json"],
    extractProps: ({options}) => ({allergies: Boolean(options.allergies)}),
});
