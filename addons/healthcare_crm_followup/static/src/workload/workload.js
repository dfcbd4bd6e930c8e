import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const MODEL = "healthcare.care.task";

/** Who has how much to do; several tasks are given to somebody else by a button or by dragging. */
export class Workload extends Component {
    static template = "healthcare_crm_followup.Workload";
    static components = {Layout};
    static props = {...standardActionServiceProps};
    static displayName = _t("Workload");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.state = useState({
            people: [],
            unassigned: [],
            of: null,
            tasks: [],
            chosen: {},
            to: "",
            over: null,
        });
        onWillStart(() => this.load());
    }

    async load() {
        const {people, unassigned} = await this.orm.call(MODEL, "workload_load", []);
        Object.assign(this.state, {people, unassigned});
    }

    /** Show the open tasks of a person, or of nobody in a role. */
    async show(of) {
        this.state.of = of;
        this.state.chosen = {};
        this.state.to = "";
        this.state.tasks = await this.orm.call(MODEL, "workload_tasks", [
            of.id || false,
            of.role || null,
        ]);
    }

    get chosenIds() {
        return this.state.tasks.map((task) => task.id).filter((id) => this.state.chosen[id]);
    }

    get areAllChosen() {
        return this.state.tasks.length > 0 && this.chosenIds.length === this.state.tasks.length;
    }

    chooseAll(isChosen) {
        this.state.chosen = Object.fromEntries(this.state.tasks.map((one) => [one.id, isChosen]));
    }

    async handOver(userId) {
        const ids = this.chosenIds;
        if (!ids.length || userId === "") {
            return;
        }
        const count = await this.orm.call(MODEL, "worklist_assign", [ids, Number(userId) || false]);
        this.notification.add(_t("%s tasks were handed over.", count), {type: "success"});
        await Promise.all([this.load(), this.show(this.state.of)]);
    }

    // ------------------------------------------------------------ dragging

    onDragStart(ev, task) {
        this.state.chosen[task.id] = true;
        ev.dataTransfer.setData("text/plain", this.chosenIds.join(","));
        ev.dataTransfer.effectAllowed = "move";
    }

    onDrop(person) {
        this.state.over = null;
        if (person.id !== this.state.of?.id) {
            this.handOver(person.id);
        }
    }

    // ------------------------------------------------------------ elsewhere

    enterAbsence(person) {
        this.dialog.add(FormViewDialog, {
            resModel: "healthcare.absence",
            title: _t("Who is away, and who stands in"),
            context: {default_user_id: person.id},
            canExpand: false,
            onRecordSaved: () => this.load(),
        });
    }

    openView(viewType) {
        this.action.doAction("healthcare_crm_followup.healthcare_care_task_action", {viewType});
    }
}

registry.category("actions").add("healthcare_workload", Workload);
