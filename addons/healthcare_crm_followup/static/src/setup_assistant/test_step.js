import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

/** A message to oneself, by each channel that is open. */
export class TestStep extends Component {
    static template = "healthcare_crm_followup.SetupTest";
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.results = useState({});
    }

    get channels() {
        const {sms} = this.props.values;
        const email = {
            code: "email",
            field: "email",
            type: "email",
            label: _t("Your e-mail address"),
            button: _t("Send e-mail"),
        };
        const text = {
            code: "sms",
            field: "phone",
            type: "tel",
            label: _t("Your mobile number"),
            button: _t("Send text message"),
        };
        return sms ? [email, text] : [email];
    }

    send({code, field}) {
        return this.props.whileBusy(async () => {
            delete this.results[code];
            this.results[code] = await this.orm.call("healthcare.setup", "send_test", [
                code,
                this.props.values[field],
            ]);
        });
    }
}
