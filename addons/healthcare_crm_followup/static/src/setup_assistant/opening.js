import {session} from "@web/session";
import {patch} from "@web/core/utils/patch";
import {WebClient} from "@web/webclient/webclient";

const MENU = "healthcare_crm_followup.menu_healthcare_setup";

patch(WebClient.prototype, {
    /** The first administrator of a new clinic begins with its setup. */
    _loadDefaultApp() {
        const setup =
            session.healthcare_setup && this.menuService.getAll().find(({xmlid}) => xmlid === MENU);
        return setup ? this.menuService.selectMenu(setup) : super._loadDefaultApp();
    },
});
