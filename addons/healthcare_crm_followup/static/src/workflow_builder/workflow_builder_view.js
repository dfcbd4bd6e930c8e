import {Component, xml} from "@odoo/owl";
import {LazyComponent} from "@web/core/assets";
import {registry} from "@web/core/registry";
import {standardViewProps} from "@web/views/standard_view_props";

/** The form of a workflow as a canvas; what it takes is loaded when the first one is opened. */
export class WorkflowBuilderController extends Component {
    static template = xml`
        <LazyComponent
            bundle="'healthcare_crm_followup.assets_workflow_builder'"
            Component="'healthcare_crm_followup.WorkflowBuilder'"
            props="builderProps"/>`;
    static components = {LazyComponent};
    static props = {...standardViewProps, "*": true};

    get builderProps() {
        const {resId, state, updateActionState} = this.props;
        return {resId, state, updateActionState};
    }
}

registry.category("views").add("healthcare_workflow_builder", {
    type: "form",
    Controller: WorkflowBuilderController,
});
