import {onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {browser} from "@web/core/browser/browser";
import {formView} from "@web/views/form/form_view";
import {CandidatesDialog} from "./candidates_dialog";
import {isEnough, missingOf, typedOf} from "./typed";

const LOOK_AFTER = 600;
/** Nobody at the desk waits longer for a warning than for the patient to be saved. */
const PATIENCE = 4000;

/** The form of a patient: before a new one is saved, it asks whether it is one who is there already. */
export class PatientFormController extends formView.Controller {
    static template = "healthcare_crm.PatientForm";

    setup() {
        super.setup();
        this.notification = useService("notification");
        this.keepLast = new KeepLast();
        /** ids of candidates of whom somebody has said that they are others */
        this.others = new Set();
        this.similar = useState({candidates: []});
        this.lookSoon = useDebounced(() => this.look(), LOOK_AFTER);
        onWillUnmount(() => this.lookSoon.cancel());
    }

    get modelParams() {
        const params = super.modelParams;
        params.hooks.onRecordChanged = (record) => {
            if (this.isNewPatient(record)) {
                this.lookSoon();
            }
        };
        return params;
    }

    /** Whether this is the record of the form, not a row in it, and nobody has saved it. */
    isNewPatient(record) {
        return record.id === this.model.root.id && record.isNew && record.data.is_patient;
    }

    get typed() {
        const {data} = this.model.root;
        const rows = data.identifier_ids?.records || [];
        return typedOf(
            data,
            rows.map(({data: row}) => ({system_id: row.system_id, value: row.value_masked})),
        );
    }

    // ------------------------------------------------------------ looking

    /** Return who it may be; nobody when the server cannot say: a warning never stands in the way. */
    async findCandidates() {
        const {typed} = this;
        if (!isEnough(typed)) {
            return [];
        }
        try {
            const found = await Promise.race([
                this.orm.silent.call("res.partner", "match_candidates", [typed]),
                new Promise((resolve) => browser.setTimeout(() => resolve([]), PATIENCE)),
            ]);
            return found.filter((one) => !this.others.has(one.id));
        } catch {
            return [];
        }
    }

    /** Say in a quiet line how many patients are similar to what is typed so far. */
    async look() {
        this.similar.candidates = await this.keepLast.add(this.findCandidates());
    }

    get similarText() {
        const {candidates} = this.similar;
        return candidates.length === 1
            ? _t("1 similar patient")
            : _t("%s similar patients", candidates.length);
    }

    showSimilar() {
        return this.ask(this.similar.candidates, false);
    }

    // ------------------------------------------------------------ asking

    /**
     * Show candidates.
     *
     * @param {Boolean} isSaving whether the form is being saved
     * @returns {Promise<Boolean>} whether it is somebody else
     */
    ask(candidates, isSaving) {
        return new Promise((resolve) => {
            this.dialogService.add(
                CandidatesDialog,
                {
                    candidates,
                    isSaving,
                    onSame: (candidate) => this.openSame(candidate),
                    onOther: () => {
                        candidates.forEach((one) => this.others.add(one.id));
                        resolve(true);
                    },
                },
                {onClose: () => resolve(false)},
            );
        });
    }

    /** Open the patient who is there already, with what was typed and is missing there filled in. */
    async openSame(candidate) {
        const typed = this.model.root.data;
        this.similar.candidates = [];
        await this.model.load({resId: candidate.id, resIds: [candidate.id]});
        const missing = missingOf(typed, this.model.root.data);
        const names = Object.keys(missing);
        if (names.length) {
            await this.model.root.update(missing);
            const labels = names.map((name) => this.model.root.fields[name].string);
            this.notification.add(_t("Filled in, to be saved: %s", labels.join(", ")), {
                type: "info",
            });
        }
    }

    // ------------------------------------------------------------ saving

    async onWillSaveRecord(record, changes) {
        if (this.isNewPatient(record)) {
            this.lookSoon.cancel();
            const candidates = await this.findCandidates();
            if (candidates.length && !(await this.ask(candidates, true))) {
                return false;
            }
        }
        return super.onWillSaveRecord(record, changes);
    }

    /** Nobody is asked again about those who were said to be others. */
    async onRecordSaved(record, changes) {
        await super.onRecordSaved(record, changes);
        this.similar.candidates = [];
        if (this.others.size && record.resId) {
            const others = [...this.others];
            this.others.clear();
            await this.orm.silent.call("res.partner", "mark_different", [[record.resId], others]);
        }
    }
}

registry.category("views").add("healthcare_patient_form", {
    ...formView,
    Controller: PatientFormController,
});
