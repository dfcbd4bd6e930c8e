import {Component, onWillStart, useState} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";

/** Workflows of the gallery to begin with, each with what it would do now. */
export class WorkflowsStep extends Component {
    static template = "healthcare_crm_followup.SetupWorkflows";
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.reach = useState({});
        this.state = useState({all: false});
        onWillStart(() => {
            // one after the other, and not waited for: the list can be read meanwhile
            this.count(this.items.filter((item) => item.chosen));
        });
    }

    get items() {
        const {items} = this.props.values;
        return this.state.all ? items : items.filter((item) => item.recommended || item.chosen);
    }

    async count(items) {
        for (const {code, running} of items) {
            if (!running && !this.reach[code]) {
                this.reach[code] = await this.orm.silent.call("healthcare.setup", "reach", [code]);
            }
        }
    }

    choose(item, chosen) {
        item.chosen = chosen;
        return chosen && this.count([item]);
    }
}
