import {Component, onMounted, useRef} from "@odoo/owl";

/** Find steps by name, kind or what they do. */
export class SearchBar extends Component {
    static template = "healthcare_crm_followup.WorkflowSearchBar";
    static props = {
        search: Object,
        found: Array,
        onSearch: Function,
        onNext: Function,
        onClose: Function,
    };

    setup() {
        this.input = useRef("input");
        onMounted(() => this.input.el.focus());
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.props.onNext(ev.shiftKey ? -1 : 1);
        } else if (ev.key === "Escape") {
            ev.stopPropagation();
            this.props.onClose();
        }
    }
}
