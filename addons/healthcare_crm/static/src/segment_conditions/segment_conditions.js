import {onWillStart, useState} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {X2ManyField, x2ManyField} from "@web/views/fields/x2many/x2many_field";

/** The conditions of a segment as sentences, with a menu of kinds under each heading. */
export class SegmentConditions extends X2ManyField {
    static template = "healthcare_crm.SegmentConditions";
    static components = {...X2ManyField.components, Dropdown, DropdownItem};

    setup() {
        super.setup();
        const orm = useService("orm");
        this.menu = useState({groups: []});
        onWillStart(async () => {
            const groups = await orm.cache().call("healthcare.segment.condition", "get_menu", []);
            this.menu.groups = groups.filter(({kinds}) => kinds.length);
        });
    }

    get isEmpty() {
        return !this.list.records.length;
    }

    add(kind) {
        return this._openRecord({
            context: {...this.props.context, ...kind.context},
            title: kind.label,
        });
    }
}

registry.category("fields").add("healthcare_segment_conditions", {
    ...x2ManyField,
    component: SegmentConditions,
});
