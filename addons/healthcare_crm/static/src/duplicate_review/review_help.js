import {Component} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";

/** The keys of the review screen on one sheet. */
export class ReviewHelp extends Component {
    static template = "healthcare_crm.ReviewHelp";
    static components = {Dialog};
    static props = {close: Function};

    get keys() {
        return [
            ["← →", _t("Which record is kept")],
            ["1 – 9", _t("Change whose value of a field stays")],
            ["m", _t("Merge")],
            ["d", _t("Different people")],
            ["l", _t("Later")],
            ["u", _t("Undo the last decision")],
            ["?", _t("This sheet")],
        ];
    }
}
