import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

/** Which languages patients and colleagues read. */
export class LanguagesStep extends Component {
    static template = "healthcare_crm_followup.SetupLanguages";
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.state = useState({loading: false});
    }

    get active() {
        return this.props.values.languages.filter(({active}) => active);
    }

    get loadingText() {
        return _t("Loading %s. This takes about a minute.", this.state.loading);
    }

    /** Load a language at once: its words are needed for what comes next. */
    add(language) {
        return this.props.whileBusy(async () => {
            this.state.loading = language.name;
            try {
                await this.orm.call("healthcare.setup", "add_language", [language.code]);
                language.active = true;
            } finally {
                this.state.loading = false;
            }
        });
    }
}
