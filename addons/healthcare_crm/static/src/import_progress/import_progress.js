import {registry} from "@web/core/registry";
import {
    ProgressBarField,
    progressBarField,
} from "@web/views/fields/progress_bar/progress_bar_field";
import {onMounted, onWillUnmount} from "@odoo/owl";

const EVERY = 2000; // milliseconds; a batch takes longer

/** A progress bar that reads its record again while the import runs in the background. */
export class ImportProgressField extends ProgressBarField {
    setup() {
        super.setup();
        let timer;
        let busy = false;
        onMounted(() => {
            timer = setInterval(async () => {
                const {record} = this.props;
                // never under the hands of somebody who is typing
                if (
                    busy ||
                    !["checking", "running"].includes(record.data.state) ||
                    (await record.isDirty())
                ) {
                    return;
                }
                busy = true;
                try {
                    await record.load();
                } finally {
                    busy = false;
                }
            }, EVERY);
        });
        onWillUnmount(() => clearInterval(timer));
    }
}

registry.category("fields").add("healthcare_import_progress", {
    ...progressBarField,
    component: ImportProgressField,
    fieldDependencies: [{name: "state", type: "selection"}],
});
