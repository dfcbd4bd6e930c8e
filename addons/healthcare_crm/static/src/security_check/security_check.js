import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {countsOf, worstFirst} from "./counts";

/** What of this installation is safe, and what is not: worst first, with what to do. */
export class SecurityCheck extends Component {
    static template = "healthcare_crm.SecurityCheck";
    static components = {Layout};
    static props = {...standardActionServiceProps};
    static displayName = _t("Security Check");

    setup() {
        this.orm = useService("orm");
        this.state = useState({findings: [], busy: false});
        this.looks = {
            danger: {icon: "fa-times-circle", word: _t("Unsafe")},
            warning: {icon: "fa-exclamation-triangle", word: _t("Look at this")},
            success: {icon: "fa-check-circle", word: _t("Good")},
        };
        onWillStart(() => this.load());
    }

    async load() {
        this.state.busy = true;
        try {
            this.state.findings = await this.find(false);
        } finally {
            this.state.busy = false;
        }
        this.loadSlow();
    }

    /** Comparing passwords takes seconds: the rest is read meanwhile. */
    async loadSlow() {
        this.state.busy = true;
        try {
            this.state.findings = worstFirst([...(await this.find(true)), ...this.state.findings]);
        } finally {
            this.state.busy = false;
        }
    }

    find(slow) {
        return this.orm.silent.call("healthcare.security.check", "get_findings", [slow]);
    }

    get summary() {
        const {danger, warning, success} = countsOf(this.state.findings);
        return _t("%(danger)s unsafe, %(warning)s to look at, %(success)s good", {
            danger,
            warning,
            success,
        });
    }
}

registry.category("actions").add("healthcare_security_check", SecurityCheck);
