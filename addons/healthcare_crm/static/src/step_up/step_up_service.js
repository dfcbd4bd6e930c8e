import {download} from "@web/core/network/download";
import {registry} from "@web/core/registry";
import {isExport, modelOf} from "./exports";

const MODEL = "healthcare.step.up";

/**
 * Asks who is there before what only goes with a fresh identity, where that is no button.
 *
 * `await stepUp.confirm()` opens the dialog when the last time is too long ago, and returns whether
 * the user has shown who they are.
 */
export const stepUpService = {
    dependencies: ["action", "orm"],
    start(env, {action, orm}) {
        const show = (dialog) =>
            new Promise((resolve) => {
                action.doAction(dialog, {onClose: (infos) => resolve(Boolean(infos?.confirmed))});
            });
        const passed = (answer) =>
            answer?.type === "ir.actions.act_window" ? show(answer) : Promise.resolve(true);

        // Odoo's own export of a list is no button of a form: it fetches a file
        const fetchFile = download._download;
        download._download = async (options) => {
            if (isExport(options)) {
                const answer = await orm.call(MODEL, "confirm_export", [modelOf(options)]);
                if (!(await passed(answer))) {
                    return;
                }
            }
            return fetchFile(options);
        };
        return {confirm: async () => passed(await orm.call(MODEL, "confirm"))};
    },
};

registry.category("services").add("healthcare_step_up", stepUpService);
