import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {SelectMenu} from "@web/core/select_menu/select_menu";

/** Who the clinic is and where it stands. */
export class ClinicStep extends Component {
    static template = "healthcare_crm_followup.SetupClinic";
    static components = {SelectMenu};
    static props = ["*"];

    setup() {
        this.lines = [
            {
                name: "name",
                label: _t("Name of the clinic"),
                required: true,
                autocomplete: "organization",
            },
            {name: "phone", label: _t("Telephone"), type: "tel", autocomplete: "tel"},
            {name: "email", label: _t("E-mail"), type: "email", autocomplete: "email"},
            {name: "street", label: _t("Street and number"), autocomplete: "address-line1"},
            {name: "street2", label: _t("Floor, room"), autocomplete: "address-line2"},
            {name: "city", label: _t("City, district"), autocomplete: "address-level2"},
            {name: "zip", label: _t("Postal code"), autocomplete: "postal-code"},
        ];
    }

    /** A country mostly means a time zone. */
    chooseCountry(id) {
        const {values} = this.props;
        values.country = id;
        const country = values.countries.find(({value}) => value === id);
        if (country?.time_zone) {
            values.time_zone = country.time_zone;
        }
    }
}
