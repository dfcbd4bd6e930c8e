import {Component, onWillUnmount, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {user} from "@web/core/user";
import {asked, share} from "./asked";

const PAUSE = 400; // milliseconds in which somebody who writes goes on writing

/**
 * How many patients meet the conditions as the form has them, before they are saved: the number and
 * the time it took, on demand how many each condition alone leaves, and ten of the patients.
 */
export class SegmentCount extends Component {
    static template = "healthcare_crm.SegmentCount";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({busy: true, may: true, total: {}, funnel: null, sample: null});
        this.turn = 0;
        this.asked = null;
        useRecordObserver((record) => this.changed(record));
        onWillUnmount(() => this.stop());
    }

    /** Count again when something else is asked; what was under way is of no interest any more. */
    changed(record) {
        const now = asked(record.data);
        if (now === this.asked) {
            return;
        }
        this.asked = now;
        this.stop();
        Object.assign(this.state, {busy: true, funnel: null, sample: null});
        this.timer = setTimeout(() => this.count(), PAUSE);
    }

    stop() {
        clearTimeout(this.timer);
        this.turn++;
    }

    async count() {
        this.state.may =
            !this.props.record.data.has_hidden &&
            (await user.checkAccessRight("healthcare.segment", "create"));
        this.state.total = this.state.may ? await this.ask("count_now") : {};
    }

    /** The server's answer, or nothing if something else was asked meanwhile. */
    async ask(method) {
        const turn = ++this.turn;
        this.state.busy = true;
        const {record} = this.props;
        try {
            const changes = await record.getChanges();
            const answer = await this.orm.silent.call("healthcare.segment", method, [
                record.resId || false,
                changes,
            ]);
            return turn === this.turn ? answer : this.state.total;
        } finally {
            if (turn === this.turn) {
                this.state.busy = false;
            }
        }
    }

    async toggleFunnel() {
        this.state.funnel = this.state.funnel ? null : await this.ask("funnel_now");
    }

    async toggleSample() {
        this.state.sample = this.state.sample ? null : await this.ask("sample_now");
    }

    share(part) {
        return share(part.count, this.state.funnel.all);
    }

    openPatient(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: id,
            views: [[false, "form"]],
            context: {form_view_ref: "healthcare_crm.res_partner_view_form_patient"},
        });
    }
}

registry.category("view_widgets").add("healthcare_segment_count", {
    component: SegmentCount,
    fieldDependencies: [
        {name: "has_hidden", type: "boolean", readonly: true},
        {name: "patient_count", type: "integer", readonly: true},
    ],
});
