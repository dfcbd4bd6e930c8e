import {Component, onMounted, useRef} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";

/** What a merge will do, before it is done. */
export class MergeDialog extends Component {
    static template = "healthcare_crm.MergeDialog";
    static components = {Dialog};
    static props = {consequences: Object, onMerge: Function, close: Function};

    setup() {
        this.mergeButton = useRef("merge");
        onMounted(() => this.mergeButton.el.focus());
    }

    merge() {
        this.props.close();
        return this.props.onMerge();
    }
}
