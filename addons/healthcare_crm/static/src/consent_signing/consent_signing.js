import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {NameAndSignature} from "@web/core/signature/name_and_signature";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

import {findMissing, readAnswers} from "./answers";

const MODEL = "healthcare.consent.signature";

/** The clinic's screen in the hands of a patient: read, tick, sign. Nothing else can be reached. */
export class ConsentSigning extends Component {
    static template = "healthcare_crm.ConsentSigning";
    static components = {NameAndSignature};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        const {patient_id, form_ids} = this.props.action.params || {};
        this.patientId = patient_id || this.props.action.context?.active_id;
        this.formIds = form_ids || [];
        this.state = useState({data: null, done: [], failure: "", isBusy: false});
        this.startForm(null);
        onWillStart(() => this.load());
    }

    async load(lang = false) {
        const data = await this.orm.call(MODEL, "desk_load", [this.patientId, this.formIds, lang]);
        this.state.data = data;
        const open = data.forms.filter((form) => !form.is_signed);
        if (!this.state.formId && open.length === 1) {
            this.startForm(open[0].id);
        }
    }

    startForm(formId) {
        // the dots of a signature belong to one form
        this.signature = emptySignature();
        Object.assign(this.state, {
            formId,
            ticked: {},
            agreed: false,
            name: "",
            relation: "",
            failure: "",
        });
    }

    get form() {
        return this.state.data.forms.find((form) => form.id === this.state.formId);
    }

    get words() {
        return {
            form: _t("This form is for patients who are of age."),
            guardian: _t("A minor does not sign alone: enter the guardian in the record first."),
            relation: _t("Please say how you are related to the patient."),
            agree: _t("Please tick that you read and understood it."),
            name: _t("Please write your name."),
            drawing: _t("Please sign in the field."),
        };
    }

    tick(item, code) {
        const key = `${item.purpose_id} ${code}`;
        this.state.ticked[key] = !this.state.ticked[key];
    }

    async sign() {
        const {data, agreed, name, relation, ticked} = this.state;
        const missing = findMissing({
            form: this.form,
            isMinor: data.is_minor,
            guardian: data.guardian,
            relation,
            agreed,
            name,
            isEmpty: this.signature.isSignatureEmpty,
        });
        this.state.failure = missing ? this.words[missing] : "";
        if (missing || this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            await this.orm.call(MODEL, "desk_sign", [
                data.patient.id,
                this.form.version_id,
                readAnswers(this.form.items, ticked),
                name,
                this.signature.getSignatureImage(),
                data.is_minor ? relation : "self",
                data.lang,
            ]);
            this.state.done.push(this.form.id);
            this.startForm(null);
            await this.load(data.lang);
        } catch (error) {
            // what the server refuses is said on the screen the patient holds, not in a dialog
            this.state.failure = error.data?.message || _t("It could not be saved. Try again.");
        } finally {
            this.state.isBusy = false;
        }
    }

    close() {
        this.env.config.historyBack();
    }
}

function emptySignature() {
    return {name: "", isSignatureEmpty: true, getSignatureImage: () => ""};
}

registry.category("actions").add("healthcare_crm.consent_signing", ConsentSigning);
