import {registry} from "@web/core/registry";
import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";

/** A form without buttons inside a panel, which tells the panel what happens to its record. */
export class PanelFormController extends FormController {
    static props = {...FormController.props, panel: {type: Object, optional: true}};

    setup() {
        super.setup();
        this.props.panel?.attach(this.model);
    }

    get modelParams() {
        const params = super.modelParams;
        params.hooks.onRecordChanged = () => this.props.panel?.onChanged();
        return params;
    }

    /** The breadcrumb is the workflow's. */
    displayName() {
        return this.props.panel?.title || super.displayName();
    }
}

registry.category("views").add("healthcare_workflow_panel_form", {
    ...formView,
    Controller: PanelFormController,
});
