import {Component, onMounted, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {MyDayBlock} from "./my_day_block";

const EVERY = 60000;

/** The home page of each role: small blocks that load on their own, renewed while they are seen. */
export class MyDay extends Component {
    static template = "healthcare_crm_followup.MyDay";
    static components = {Layout, MyDayBlock};
    static props = {...standardActionServiceProps};
    static displayName = _t("My Day");

    setup() {
        this.orm = useService("orm");
        this.state = useState({day: null, turn: 0});
        onWillStart(() => this.load());
        onMounted(() => {
            this.timer = browser.setInterval(() => this.renew(), EVERY);
        });
        onWillUnmount(() => browser.clearInterval(this.timer));
    }

    async load() {
        this.state.day = await this.orm.silent.call("healthcare.my.day", "my_day_load", []);
    }

    renew() {
        if (!document.hidden) {
            this.state.turn++;
        }
    }
}

registry.category("actions").add("healthcare_my_day", MyDay);
