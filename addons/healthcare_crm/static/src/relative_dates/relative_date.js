import {Component} from "@odoo/owl";
import {user} from "@web/core/user";
import {registry} from "@web/core/registry";
import {TreeEditor} from "@web/core/tree_editor/tree_editor";
import {patch} from "@web/core/utils/patch";
import {inWords, isRelative} from "./words";

/** A date of a condition that is counted from the present. Odoo's own editor calls it invalid. */
export class RelativeDate extends Component {
    static template = "healthcare_crm.RelativeDate";
    static props = {value: String, type: String, update: Function};

    get words() {
        return inWords(this.props.value, user.lang);
    }

    /** Take over what can be read as a date, relative or not; else leave it as it was. */
    change({target}) {
        try {
            registry.category("parsers").get(this.props.type)(target.value);
            this.props.update(target.value);
        } catch {
            target.value = this.props.value;
        }
    }
}

patch(TreeEditor.prototype, {
    getValueEditorInfo(node) {
        const info = super.getValueEditorInfo(node);
        const {type} = this.getFieldDef(node.path) || {};
        if (!["date", "datetime"].includes(type) || !isRelative(node.value)) {
            return info;
        }
        return {
            ...info,
            component: RelativeDate,
            extractProps: ({value, update}) => ({value, update, type}),
            isSupported: () => true,
        };
    },

    async prepareInfo(props) {
        await super.prepareInfo(props);
        const describe = this.getConditionDescription;
        if (!props.readonly) {
            return;
        }
        this.getConditionDescription = (node) => {
            const description = describe(node);
            const {type} = this.getFieldDef(node.path) || {};
            if (["date", "datetime"].includes(type) && isRelative(node.value)) {
                description.valueDescription.values = [inWords(node.value, user.lang)];
            }
            return description;
        };
    },
});
