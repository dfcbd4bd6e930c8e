import {Component, useState} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";

/** Which ways to patients are open. */
export class ChannelsStep extends Component {
    static template = "healthcare_crm_followup.SetupChannels";
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.state = useState({mail: null});
    }

    checkMail() {
        return this.props.whileBusy(async () => {
            this.state.mail = await this.orm.call("healthcare.setup", "check_mail", []);
        });
    }
}
