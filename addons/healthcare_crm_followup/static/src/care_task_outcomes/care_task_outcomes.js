import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** The outcomes of a care task's own step, a button each. */
export class CareTaskOutcomesField extends Component {
    static template = "healthcare_crm_followup.CareTaskOutcomesField";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
    }

    get outcomes() {
        return this.props.record.data[this.props.name] || [];
    }

    async choose(outcome) {
        const {record} = this.props;
        // what was noted is kept, and an unsaved mistake is shown before the task is over
        if (!(await record.save())) {
            return;
        }
        await this.orm.call(record.resModel, "action_own_outcome", [[record.resId], outcome]);
        await record.load();
        record.model.notify();
    }
}

registry.category("fields").add("healthcare_care_task_outcomes", {
    component: CareTaskOutcomesField,
    supportedTypes: ["json"],
});
