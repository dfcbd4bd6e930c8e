import {Component} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";

/** The keys of the worklist on one sheet. */
export class WorklistHelp extends Component {
    static template = "healthcare_crm_followup.WorklistHelp";
    static components = {Dialog};
    static props = {close: Function};

    get keys() {
        return [
            ["1 – 9", _t("What came of the task")],
            ["c", _t("Call")],
            ["n", _t("Write a note")],
            ["l", _t("Call back later")],
            ["m", _t("Assign to me")],
            ["u", _t("Take back the last outcome")],
            ["j, k, ↓, ↑", _t("Go through the list")],
            ["Enter", _t("Open the task")],
            ["/", _t("Search")],
            ["Esc", _t("Leave the field, or go back to the list")],
            ["?", _t("This sheet")],
        ];
    }
}
