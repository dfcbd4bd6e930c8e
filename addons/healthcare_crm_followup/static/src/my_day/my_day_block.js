import {Component, onMounted, onWillUpdateProps, useState} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";
import {telephone} from "../worklist/queue";

/** One block of the page; it asks the server itself, so that a slow one keeps no other waiting. */
export class MyDayBlock extends Component {
    static template = "healthcare_crm_followup.MyDayBlock";
    static props = {code: String, turn: Number};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.telephone = telephone;
        this.state = useState({block: null, failed: false, busy: null});
        onMounted(() => this.load());
        onWillUpdateProps((next) => {
            if (next.turn !== this.props.turn) {
                this.load();
            }
        });
    }

    async load() {
        try {
            this.state.block = await this.orm.silent.call("healthcare.my.day", "my_day_block", [
                this.props.code,
            ]);
            this.state.failed = false;
        } catch (error) {
            // an older answer is better than none; without one, the block says so
            this.state.failed = !this.state.block;
            if (!error.data) {
                return;
            }
            throw error;
        }
    }

    get isEmpty() {
        const {rows, figures, table, bars, checks} = this.state.block;
        return ![rows, figures, table?.rows, bars, checks].some((part) => part?.length);
    }

    open(action) {
        if (action) {
            this.action.doAction(action);
        }
    }

    async press(row, button) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = row.id;
        try {
            await this.orm.call(button.model, button.method, [button.ids]);
            await this.load();
        } finally {
            this.state.busy = null;
        }
    }
}
