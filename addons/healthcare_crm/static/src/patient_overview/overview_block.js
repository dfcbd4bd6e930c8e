import {Component, onMounted, onWillUnmount, onWillUpdateProps, useRef, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {rowsFor} from "./arrangement";
import {BlockLines} from "./block_lines";
import {useOpening} from "./opening";

/** name of a block -> the component that shows what the server says of it; BlockLines for others */
const bodies = registry.category("healthcare_patient_blocks");

/** One block: its heading, what can be done, and what its component makes of the server's answer. */
export class OverviewBlock extends Component {
    static template = "healthcare_crm.OverviewBlock";
    static props = {
        block: Object,
        patientId: Number,
        queue: Object,
        /** changes when something was changed that the block may show */
        turn: Number,
        onChange: Function,
        showPage: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.openRecord = useOpening();
        this.cell = useRef("cell");
        this.card = useRef("card");
        this.state = useState({data: null, isFailed: false, isLoading: true});
        onMounted(() => {
            this.watchView();
            this.watchHeight();
            this.load();
        });
        onWillUpdateProps((next) => {
            if (next.turn !== this.props.turn) {
                this.load();
            }
        });
        onWillUnmount(() => {
            this.isGone = true;
            this.props.queue.drop(this.props.block.name);
            this.viewObserver.disconnect();
            this.heightObserver.disconnect();
        });
    }

    // ------------------------------------------------------------ loading

    /** Ask the server; what there is stays until there is news. */
    async load() {
        const {block, patientId, queue} = this.props;
        this.state.isLoading = true;
        let data = null;
        try {
            data = await queue.add(block.name, block.sequence, () =>
                this.orm.silent.call("res.partner", "get_overview_block", [
                    [patientId],
                    block.name,
                ]),
            );
        } catch {
            // said in the block: the others are none the worse
            data = null;
        }
        if (!this.isGone) {
            Object.assign(this.state, {data, isFailed: !data, isLoading: false});
        }
    }

    /** Blocks in view are loaded before those further down. */
    watchView() {
        this.viewObserver = new IntersectionObserver((entries) => {
            if (entries.some((entry) => entry.isIntersecting)) {
                this.props.queue.promote(this.props.block.name);
                this.viewObserver.disconnect();
            }
        });
        this.viewObserver.observe(this.cell.el);
    }

    /** The grid has many low rows; a block takes as many as it is high. */
    watchHeight() {
        const {el: cell} = this.cell;
        const {el: card} = this.card;
        this.heightObserver = new ResizeObserver(() => {
            cell.style.gridRowEnd = `span ${rowsFor(card.offsetHeight)}`;
        });
        this.heightObserver.observe(card);
    }

    // ------------------------------------------------------------ showing

    get Body() {
        return bodies.get(this.props.block.name, BlockLines);
    }

    get isEmpty() {
        const {facts, rows, table, charts, entries} = this.state.data;
        return ![facts, rows, table, charts, entries].some((part) => part?.length);
    }

    get headingId() {
        return `o_hc_block_${this.props.block.name}`;
    }

    // ------------------------------------------------------------ acting

    /**
     * Open what a line or a button leads to.
     *
     * @param {Object} opening with `action`, a `method` of the patient that returns one, or the
     *  `page` of the form
     */
    async open(opening) {
        if (opening.page) {
            return this.props.showPage(opening.page);
        }
        return this.openRecord(opening, this.props.patientId, this.props.onChange);
    }
}
