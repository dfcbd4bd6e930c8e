import {
    Component,
    markRaw,
    onMounted,
    onWillStart,
    onWillUnmount,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useBus, useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";
import {BuilderModel} from "./builder_model";
import {WorkflowCanvas} from "./canvas/canvas";
import {GRID} from "./canvas/gestures";
import {keepClip, recallClip} from "./clipboard";
import {
    START,
    addStep,
    arrow,
    connect,
    disconnect,
    duplicateSteps,
    freeName,
    insertOnArrow,
    lastAfter,
    moveSteps,
    newKey,
    readingOrder,
    removeSteps,
    renameStep,
    targetsOf,
    usualOutcome,
} from "./document";
import {drawingOf, exitPoint, sizeOf} from "./drawing";
import {CARD, GAP, freePlace} from "./geometry";
import {iconOf} from "../step_icons/step_icons";
import {layout} from "./layout";
import {Minimap} from "./minimap/minimap";
import {Palette} from "./palette/palette";
import {PickList} from "./pick_list/pick_list";
import {SearchBar} from "./search_bar/search_bar";
import {Shortcuts} from "./shortcuts/shortcuts";
import {BuilderToolbar} from "./toolbar/toolbar";
import {walk} from "./walk";
import {labelsOf} from "./words";

const COUNTS_EVERY = 15000;
/** Panels that open from a card or the counter of problems. */
/** Panels that open from a card or the counter of problems, not by a button of their own. */
const WITHOUT_BUTTON = ["step", "settings", "problems"];
const panels = registry.category("healthcare_workflow_panels");

/** The workflow builder: palette, canvas and panels around one workflow. */
export class WorkflowBuilder extends Component {
    static template = "healthcare_crm_followup.WorkflowBuilder";
    static components = {
        BuilderToolbar,
        Minimap,
        Palette,
        PickList,
        SearchBar,
        Shortcuts,
        WorkflowCanvas,
    };
    static props = {
        resId: {type: [Number, Boolean], optional: true},
        state: {type: Object, optional: true},
        updateActionState: {type: Function, optional: true},
        "*": true,
    };

    setup() {
        this.action = useService("action");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.START = START;
        this.model = new BuilderModel({
            orm: useService("orm"),
            notify: (message, type) => this.notification.add(message, {type}),
            onCreated: ({id}) => this.props.updateActionState?.({resId: id}),
        });
        this.state = useState({
            selected: [],
            arrow: null,
            focus: START,
            naming: null,
            panel: null,
            menu: null,
            search: null,
            found: [],
            marks: null,
            said: "",
            isHelpOpen: false,
            isPaletteOpen: true,
            version: 0,
        });
        this.flushPanel = null;
        useBus(this.model.bus, "update", () => this.refresh());
        onWillStart(async () => {
            await this.model.load(this.props.resId);
            this.refresh();
            this.env.config.setDisplayName(this.model.canvas.name || _t("New workflow"));
        });
        onMounted(() => {
            this.counting = browser.setInterval(() => this.refreshCounts(), COUNTS_EVERY);
            this.canvas.focusCard(START);
        });
        onWillUnmount(() => browser.clearInterval(this.counting));
        useExternalListener(document, "paste", (ev) => this.onPaste(ev));
        useEffect(
            () => {
                if (this.focusWanted) {
                    this.canvas.focusCard(this.focusWanted);
                    this.focusWanted = null;
                }
            },
            () => [this.state.focus, this.state.version],
        );
        useSetupAction({
            rootRef: this.root,
            beforeLeave: () => this.flush(),
            beforeUnload: (ev) => {
                if (this.model.isDirty) {
                    this.model.save();
                    ev.preventDefault();
                }
            },
            beforeVisibilityChange: () => document.hidden && this.model.save(),
            getLocalState: () => ({resId: this.model.id, view: this.canvas.view}),
        });
    }

    // ------------------------------------------------------------ what is drawn

    /** Draw anew what the model says. */
    refresh() {
        const {model} = this;
        this.placeNew();
        this.drawing = markRaw(
            drawingOf(model.doc, (key) => model.outcomesOf(key), this.hasCounts, this.drawing),
        );
        this.labels = labelsOf(model.doc, model.canvas, (key) => model.outcomesOf(key));
        const isThere = (key) => key === START || key in model.doc.steps;
        this.state.selected = this.state.selected.filter(isThere);
        if (!isThere(this.state.focus)) {
            this.state.focus = START;
        }
        if (this.state.arrow && !this.drawing.courses[this.state.arrow]) {
            this.state.arrow = null;
        }
        if (this.state.panel?.id === "step" && !this.panelKey) {
            this.dropPanel();
        }
        this.state.version++;
    }

    /** Where one looked when one was here before. */
    get viewBefore() {
        const {state, resId} = this.props;
        return state?.resId && state.resId === resId ? state.view : undefined;
    }

    /** Give the focus back to a card, once the page is as it will be. */
    refocus(key = this.state.focus) {
        this.focusWanted = key;
        this.state.version++;
    }

    get hasCounts() {
        return Boolean(this.model.canvas.version);
    }

    get doc() {
        return this.model.doc;
    }

    get isEmpty() {
        return !Object.keys(this.doc.steps).length;
    }

    /** Give a place to steps that have none. */
    placeNew() {
        const {doc} = this.model;
        const missing = Object.keys(doc.steps).filter((key) => doc.steps[key].x === null);
        if (missing.length) {
            const places = this.laidOut(doc);
            this.model.doc = markRaw(
                missing.length === Object.keys(doc.steps).length
                    ? moveSteps(doc, places)
                    : moveSteps(doc, Object.fromEntries(missing.map((key) => [key, places[key]]))),
            );
            if (this.model.canEdit && this.model.id) {
                browser.setTimeout(() => this.model.save());
            }
        }
    }

    laidOut(doc) {
        const outcomesOf = (key) => this.model.outcomesOf(key);
        return layout(doc, (key) => this.sizeOf(doc.steps[key], outcomesOf(key)), outcomesOf);
    }

    sizeOf(step, outcomes) {
        return sizeOf(step, outcomes, this.hasCounts);
    }

    say(text) {
        // the same words twice are said twice
        this.state.said = text === this.state.said ? `${text}\u00a0` : text;
    }

    nameOf(key) {
        return key === START ? _t("Start") : this.doc.steps[key]?.name || "";
    }

    // ------------------------------------------------------------ changing

    /** Make `doc` the document, and say what happened. */
    change(doc, said) {
        if (this.model.change(doc)) {
            this.say(said);
            return true;
        }
        return false;
    }

    undo() {
        this.say(this.model.undo() ? _t("Undone.") : _t("There is nothing to undo."));
    }

    redo() {
        this.say(this.model.redo() ? _t("Done again.") : _t("There is nothing to do again."));
    }

    newStep(kind) {
        const name = freeName(this.doc, this.model.kind(kind).label);
        return {kind, name, next: {}, values: {}};
    }

    outcomesOfKind(kind) {
        return this.model.kind(kind).outcomes;
    }

    /** Add a step where it most likely belongs: after what is selected. */
    async addAfterSelected(kind, {open = true} = {}) {
        const {doc, model} = this;
        const [key] = this.state.selected;
        const from = key || lastAfter(doc, doc.start, (one) => model.outcomesOf(one)) || START;
        const outcome =
            from === START ? START : usualOutcome(doc.steps[from], model.outcomesOf(from), kind);
        if (!outcome) {
            await this.addAt(kind, this.middle(), {open});
            return;
        }
        const [to] = targetsOf(doc, from, outcome);
        if (to) {
            await this.insert(kind, arrow(from, outcome, to), {open});
        } else {
            await this.addFrom(kind, from, outcome, null, {open});
        }
    }

    middle() {
        const {view, size} = this.canvas;
        return {
            x: (size.width / 2 - view.x) / view.zoom,
            y: (size.height / 2 - view.y) / view.zoom,
        };
    }

    /** Add a step with its card around a point of the canvas. */
    async addAt(kind, point, options) {
        const step = this.newStep(kind);
        const size = this.sizeOf(step, this.outcomesOfKind(kind));
        await this.added(
            (doc, key) =>
                addStep(doc, key, {...step, ...snapped(point.x - size.width / 2, point.y - 24)}),
            step,
            options,
        );
    }

    /** Add a step that an outcome leads to: at a point, or below where it comes from. */
    async addFrom(kind, from, outcome, point, options) {
        const step = this.newStep(kind);
        const size = this.sizeOf(step, this.outcomesOfKind(kind));
        const place = point
            ? {x: point.x - size.width / 2, y: point.y}
            : this.placeBelow(from, outcome, size);
        await this.added(
            (doc, key) =>
                connect(
                    addStep(doc, key, {...step, ...snapped(place.x, place.y)}),
                    from,
                    outcome,
                    key,
                ),
            step,
            options,
        );
    }

    placeBelow(from, outcome, size) {
        const {boxes, cards} = this.drawing;
        if (this.isEmpty) {
            return {x: boxes[START].x, y: boxes[START].y + boxes[START].height + GAP.y};
        }
        const exit = exitPoint(from, outcome, cards, boxes);
        const middle = boxes[from].x + boxes[from].width / 2;
        // the usual way goes straight down, the others beside it
        const isUsual =
            from === START ||
            outcome === usualOutcome(this.doc.steps[from], this.model.outcomesOf(from));
        const aside = isUsual ? 0 : Math.sign(exit.x - middle) * (CARD.width / 2 + GAP.x / 2);
        const box = {
            x: middle + aside - size.width / 2,
            y: exit.y + GAP.y - CARD.chip / 2,
            ...size,
        };
        return freePlace(box, Object.values(boxes), {toLeft: aside < 0});
    }

    /** Add a step on an arrow, and make room for it. */
    async insert(kind, onArrow, options) {
        const step = this.newStep(kind);
        const outcomes = this.outcomesOfKind(kind);
        const size = this.sizeOf(step, outcomes);
        const {boxes, cards} = this.drawing;
        const exit = exitPoint(onArrow.from, onArrow.outcome, cards, boxes);
        const target = boxes[onArrow.to];
        const below = target.y > exit.y;
        const middle = target.x + target.width / 2;
        const place = snapped(
            (below ? middle : (exit.x + middle) / 2) - size.width / 2,
            exit.y + GAP.y - CARD.chip / 2,
        );
        const lack = place.y + size.height + GAP.y - target.y;
        await this.added(
            (doc, key) => {
                const goesOn = usualOutcome(step, outcomes);
                const changed = insertOnArrow(doc, onArrow, key, {...step, ...place}, goesOn);
                return below && lack > 0 ? this.pushedDown(changed, key, target.y, lack) : changed;
            },
            step,
            options,
        );
    }

    /** Move everything that stands at `y` or lower further down, so that a new card has room. */
    pushedDown(doc, except, y, distance) {
        const places = {};
        const by = Math.ceil(distance / GRID) * GRID;
        for (const [key, step] of Object.entries(doc.steps)) {
            if (key !== except && step.y >= y) {
                places[key] = [step.x, step.y + by];
            }
        }
        return moveSteps(doc, places);
    }

    async added(make, step, {open = true} = {}) {
        const key = newKey(this.doc);
        if (!(await this.flushOpenPanel())) {
            return;
        }
        if (this.change(make(this.doc, key), _t("Added: %s.", step.name))) {
            this.select([key], {focus: true});
            await this.settled();
            this.canvas.reveal(key);
            if (open && panels.contains("step")) {
                await this.openPanel("step", key);
                await this.settled();
                this.canvas?.measure();
                this.canvas?.reveal(key);
            }
        }
    }

    /** Resolves when what was changed is on the page. */
    settled() {
        return new Promise((resolve) => browser.requestAnimationFrame(() => resolve()));
    }

    connect(from, outcome, to) {
        const said = _t("Connected: %(from)s to %(to)s.", {
            from: this.nameOf(from),
            to: this.nameOf(to),
        });
        this.change(connect(this.doc, from, outcome, to), said);
    }

    deleteArrow(id) {
        const one = this.drawing.arrows.find((other) => other.id === id);
        if (one?.from === START) {
            this.say(
                _t("Every workflow starts somewhere: lead this arrow to another step instead."),
            );
            this.notification.add(this.state.said, {type: "info"});
        } else if (one) {
            this.change(disconnect(this.doc, one.from, one.outcome, one.to), _t("Arrow removed."));
        }
    }

    deleteSelected() {
        if (this.state.arrow) {
            this.deleteArrow(this.state.arrow);
            return;
        }
        const keys = this.state.selected.filter((key) => key !== START);
        if (!keys.length) {
            return;
        }
        const next = walk(this.doc, this.drawing.boxes, keys[0], "up") || START;
        const said =
            keys.length === 1
                ? _t("Removed: %s. Ctrl+Z brings it back.", this.nameOf(keys[0]))
                : _t("%s steps removed. Ctrl+Z brings them back.", keys.length);
        if (this.change(removeSteps(this.doc, keys), said)) {
            this.select(keys.includes(next) ? [] : [next], {focus: true});
        }
    }

    duplicateSelected() {
        const keys = this.state.selected.filter((key) => key !== START);
        let doc = this.doc;
        const fresh = {};
        for (const key of keys) {
            fresh[key] = newKey({steps: {...doc.steps, ...fresh}});
            doc = {...doc, steps: {...doc.steps, [fresh[key]]: true}};
        }
        if (keys.length) {
            const shift = CARD.width / 8;
            this.change(
                duplicateSteps(this.doc, fresh, shift, shift),
                keys.length === 1
                    ? _t("Duplicated: %s.", this.nameOf(keys[0]))
                    : _t("%s steps duplicated.", keys.length),
            );
            this.select(Object.values(fresh), {focus: true, silent: true});
        }
    }

    move(places, said = _t("Moved.")) {
        if (!this.change(moveSteps(this.doc, places), said)) {
            this.canvas.restore();
        }
    }

    moveSelected(dx, dy) {
        const places = {};
        for (const key of this.state.selected) {
            const step = this.doc.steps[key];
            if (step) {
                places[key] = [step.x + dx, step.y + dy];
            }
        }
        if (Object.keys(places).length) {
            this.move(places);
        }
    }

    async tidyUp() {
        this.change(moveSteps(this.doc, this.laidOut(this.doc)), _t("Put in order."));
        await this.settled();
        this.canvas.fit({readable: 0.5, smooth: true});
    }

    rename(key) {
        if (this.model.canEdit && this.doc.steps[key]) {
            this.state.naming = key;
        }
    }

    renamed(key, name, byKey) {
        this.state.naming = null;
        this.change(renameStep(this.doc, key, name), _t("Renamed to %s.", name));
        if (byKey) {
            this.refocus(key);
        }
    }

    // ------------------------------------------------------------ copy and paste

    async copySelected() {
        const keys = this.state.selected.filter((key) => key !== START);
        if (keys.length && (await this.flush())) {
            await keepClip(await this.model.call("canvas_copy", [this.model.id], keys));
            this.say(
                keys.length === 1
                    ? _t("Copied: %s.", this.nameOf(keys[0]))
                    : _t("%s steps copied.", keys.length),
            );
            return true;
        }
        return false;
    }

    async cutSelected() {
        if (await this.copySelected()) {
            this.deleteSelected();
        }
    }

    async paste(text) {
        if (!this.model.canEdit) {
            return;
        }
        const clip = await recallClip(text);
        if (!clip) {
            this.say(_t("There are no copied steps to paste."));
            return;
        }
        const {x, y} = this.pastePlace();
        const canvas = await this.model.transform("canvas_paste", clip, x, y);
        if (canvas) {
            this.say(
                canvas.pasted.length === 1
                    ? _t("Pasted: %s.", this.nameOf(canvas.pasted[0]))
                    : _t("%s steps pasted.", canvas.pasted.length),
            );
            this.select(canvas.pasted, {focus: true, silent: true});
            await this.settled();
            this.canvas.reveal(canvas.pasted[0]);
        }
    }

    /** Where there is room for what is pasted: in the middle of what is seen, clear of cards. */
    pastePlace() {
        if (this.isEmpty) {
            const {x, y, height} = this.drawing.boxes[START];
            return snapped(x, y + height + GAP.y);
        }
        const at = this.middle();
        const box = {x: at.x - CARD.width / 2, y: at.y - CARD.height / 2, ...CARD};
        const {x, y} = freePlace(box, Object.values(this.drawing.boxes));
        return snapped(x, y);
    }

    onPaste(ev) {
        const target = ev.target instanceof Element ? ev.target : document.activeElement;
        const inCanvas = target?.closest?.(".o_hcw_canvas") && !target.closest("input, textarea");
        if (inCanvas || (target === document.body && !document.querySelector(".modal"))) {
            ev.preventDefault();
            this.paste(ev.clipboardData?.getData("text/plain") || "");
        }
    }

    // ------------------------------------------------------------ choosing

    /**
     * @param {string[]} keys
     * @param {Object} [options]
     * @param {boolean} [options.add] beside what is selected already
     * @param {boolean} [options.toggle] or no longer, if it is
     * @param {boolean} [options.focus] move the focus there, too
     */
    select(keys, {add = false, toggle = false, focus = false, silent = false} = {}) {
        const {state} = this;
        state.arrow = null;
        if (toggle) {
            const [key] = keys;
            state.selected = state.selected.includes(key)
                ? state.selected.filter((one) => one !== key)
                : [...state.selected.filter((one) => one !== START), key];
        } else {
            state.selected = add ? [...new Set([...state.selected, ...keys])] : [...keys];
        }
        if (keys.length) {
            state.focus = keys.at(-1);
            if (focus) {
                this.focusWanted = state.focus;
            }
        }
        if (!silent && state.selected.length > 1) {
            this.say(_t("%s steps selected.", state.selected.length));
        }
    }

    selectArrow(id) {
        this.state.selected = [];
        this.state.arrow = id;
    }

    selectAll() {
        this.select(Object.keys(this.doc.steps));
    }

    /** Show steps on the canvas, for panels. */
    async show(keys) {
        const known = keys.filter((key) => key === START || this.doc.steps[key]);
        this.select(known);
        this.canvas.center(known);
    }

    walk(direction, extend) {
        const key = walk(this.doc, this.drawing.boxes, this.state.focus, direction);
        if (key) {
            this.select([key], {focus: true, add: extend && key !== START});
            this.canvas.reveal(key);
            this.followPanel(key);
        }
    }

    // ------------------------------------------------------------ panels

    get panelKey() {
        const keys = this.state.selected.filter((key) => key in this.doc.steps);
        return keys.length === 1 ? keys[0] : false;
    }

    get panelComponent() {
        const {panel} = this.state;
        return panel && panels.contains(panel.id) ? panels.get(panel.id).component : null;
    }

    get panelProps() {
        return {
            workflow: this.model.canvas,
            stepKey: this.state.panel.key || false,
            select: (keys) => this.show(keys),
            highlight: (marks) => (this.state.marks = marks && markRaw(marks)),
            reload: (write) => this.model.reload(write),
            open: (key) => this.open(key),
            close: () => this.closePanel(),
            register: ({flush}) => (this.flushPanel = flush),
        };
    }

    /** The panels that have a button in the toolbar. */
    get toolbarPanels() {
        return panels
            .getEntries()
            .filter(([id]) => !WITHOUT_BUTTON.includes(id))
            .map(([id, {label, icon}]) => ({id, label, icon}));
    }

    hasPanel(id) {
        return panels.contains(id);
    }

    async flushOpenPanel() {
        return !this.flushPanel || (await this.flushPanel()) !== false;
    }

    /** Save everything, also what is being typed in a panel. */
    async flush() {
        return (await this.flushOpenPanel()) && (await this.model.save());
    }

    async openPanel(id, key = false) {
        const {panel} = this.state;
        if (!panels.contains(id) || (panel?.id === id && panel.key === key)) {
            return;
        }
        if (await this.flush()) {
            await this.model.mutex.exec(() => this.model.ensureCreated());
            this.flushPanel = null;
            this.state.marks = null;
            this.state.panel = {id, key};
        }
    }

    togglePanel(id) {
        return this.state.panel?.id === id ? this.closePanel() : this.openPanel(id, this.panelKey);
    }

    async closePanel() {
        if (await this.flushOpenPanel()) {
            this.dropPanel();
            this.refocus();
        }
    }

    dropPanel() {
        this.flushPanel = null;
        this.state.panel = null;
        this.state.marks = null;
    }

    /** Open what belongs to a card. */
    open(key) {
        return key === START ? this.openPanel("settings") : this.openPanel("step", key);
    }

    /** Let an open panel show the card one went to. */
    followPanel(key) {
        const {panel} = this.state;
        if (panel?.id === "step" || panel?.id === "settings") {
            this.open(key);
        }
    }

    async openFocused() {
        await this.open(this.state.focus);
        await this.settled();
        browser.setTimeout(() => {
            const panel = this.root.el?.querySelector(".o_hcw_panel");
            panel?.querySelector("input, select, textarea, button:not(.btn-close)")?.focus();
        }, 150);
    }

    // ------------------------------------------------------------ menus

    openMenu(menu) {
        this.state.menu = markRaw(menu);
    }

    closeMenu(back = true) {
        this.state.menu = null;
        this.markTarget(null);
        if (back) {
            this.refocus();
        }
    }

    kindItems() {
        return this.model.canvas.kinds.map(({kind, label, hint}) => ({
            id: kind,
            kind,
            label,
            hint,
            icon: iconOf(kind),
        }));
    }

    /** Ask for the kind of a new step. */
    askKind(at, onPick, title = _t("Which step comes here?")) {
        this.openMenu({
            title,
            at,
            items: this.kindItems(),
            onPick: ({kind}) => {
                this.closeMenu(false);
                onPick(kind);
            },
        });
    }

    askAfterPort(from, outcome, at, point) {
        this.askKind(at, (kind) => this.addFrom(kind, from, outcome, point));
    }

    askOnArrow(id, at) {
        const one = this.drawing.arrows.find((other) => other.id === id);
        this.askKind(at, (kind) => this.insert(kind, one));
    }

    askFirst(ev) {
        const {left, bottom} = ev.currentTarget.getBoundingClientRect();
        this.askKind(
            {x: left, y: bottom + 4},
            (kind) => this.addFrom(kind, START, START, null),
            _t("What happens first?"),
        );
    }

    /** Where a menu about a card opens. */
    besideCard(key) {
        const box = this.canvas.card(key)?.getBoundingClientRect();
        return box ? {x: box.left + 24, y: box.bottom + 8} : {x: 200, y: 200};
    }

    askNext() {
        this.askKind(
            this.besideCard(this.state.focus),
            (kind) => {
                this.select(this.state.focus === START ? [START] : [this.state.focus]);
                this.addAfterSelected(kind, {open: false});
            },
            _t("What comes after “%s”?", this.nameOf(this.state.focus)),
        );
    }

    askMore(key, at) {
        const shown = new Set(this.drawing.cards[key].ports.map(({code}) => code));
        this.openMenu({
            title: _t("What else can come of it?"),
            at,
            items: this.model
                .outcomesOf(key)
                .filter(([code]) => !shown.has(code))
                .map(([code, label]) => ({id: code, label})),
            onPick: ({id}) => this.model.canEdit && this.askAfterPort(key, id, at, null),
        });
    }

    /** Connect by keyboard: choose the outcome, then where it leads. */
    askConnection() {
        const key = this.state.focus;
        const at = this.besideCard(key);
        if (key === START) {
            this.askTarget(START, START, at);
            return;
        }
        const outcomes = this.model.outcomesOf(key);
        if (outcomes.length < 2) {
            if (outcomes.length) {
                this.askTarget(key, outcomes[0][0], at);
            } else {
                this.say(_t("Nothing comes after this step."));
            }
            return;
        }
        this.openMenu({
            title: _t("“%s” is over. When?", this.nameOf(key)),
            at,
            items: outcomes.map(([code, label]) => ({
                id: code,
                label,
                hint: targetsOf(this.doc, key, code)
                    .map((to) => `→ ${this.nameOf(to)}`)
                    .join(", "),
            })),
            onPick: ({id}) => this.askTarget(key, id, at),
        });
    }

    askTarget(from, outcome, at) {
        const present = targetsOf(this.doc, from, outcome);
        const others = readingOrder(this.doc).filter((key) => key !== from);
        const remove = from === START ? [] : present;
        this.openMenu({
            title: _t("Where does it lead?"),
            at,
            items: [
                ...others
                    .filter((key) => !present.includes(key))
                    .map((key) => {
                        const step = this.doc.steps[key];
                        return {
                            id: key,
                            key,
                            kind: step.kind,
                            label: step.name,
                            hint: this.model.canvas.steps[key]?.summary || "",
                            icon: iconOf(step.kind, step.values),
                        };
                    }),
                ...remove.map((key) => ({
                    id: `remove ${key}`,
                    key,
                    label: _t("Remove the arrow to “%s”", this.nameOf(key)),
                    icon: "fa-trash-o",
                    isRemoval: true,
                })),
            ],
            onLook: ({key}) => this.markTarget(key),
            onPick: ({key, isRemoval}) => {
                this.closeMenu();
                if (isRemoval) {
                    this.deleteArrow(arrow(from, outcome, key).id);
                } else {
                    this.connect(from, outcome, key);
                }
            },
        });
    }

    markTarget(key) {
        for (const element of this.root.el.querySelectorAll(".o_hcw_card.o_hcw_target")) {
            element.classList.remove("o_hcw_target");
        }
        if (key) {
            this.canvas.card(key)?.classList.add("o_hcw_target");
            this.canvas.reveal(key);
        }
    }

    // ------------------------------------------------------------ dragging from the palette

    dragKind(ev, {kind, label}) {
        if (!this.model.canEdit || ev.button > 0) {
            return;
        }
        const from = {x: ev.clientX, y: ev.clientY};
        const item = ev.currentTarget;
        let ghost = null;
        const stop = () => {
            for (const [type, listener] of Object.entries(listeners)) {
                window.removeEventListener(type, listener);
            }
            this.canvas.markArrow(null);
            ghost?.remove();
        };
        const listeners = {
            pointermove: (move) => {
                const at = {x: move.clientX, y: move.clientY};
                if (!ghost && Math.hypot(at.x - from.x, at.y - from.y) > 5) {
                    ghost = item.cloneNode(true);
                    ghost.classList.add("o_hcw_ghost");
                    this.root.el.append(ghost);
                }
                if (ghost) {
                    ghost.style.transform = `translate(${at.x - 24}px, ${at.y - 20}px)`;
                    this.canvas.markArrow(this.canvas.fromPage(at));
                }
            },
            pointerup: (up) => {
                const dragged = Boolean(ghost);
                const point = this.canvas.fromPage({x: up.clientX, y: up.clientY});
                const id = point && this.canvas.markArrow(point);
                stop();
                if (dragged) {
                    // a click that follows at once is not one
                    const noClick = (click) => click.stopPropagation();
                    item.addEventListener("click", noClick, {capture: true});
                    browser.setTimeout(() => {
                        item.removeEventListener("click", noClick, {capture: true});
                        item.blur();
                    });
                }
                if (dragged && point) {
                    this.dropKind(kind, id, point);
                } else if (dragged) {
                    this.say(_t("%s was not added: let it go over the canvas.", label));
                }
            },
            pointercancel: stop,
        };
        for (const [type, listener] of Object.entries(listeners)) {
            window.addEventListener(type, listener);
        }
    }

    dropKind(kind, id, point) {
        if (this.isEmpty) {
            return this.addFrom(kind, START, START, null);
        }
        const one = id && this.drawing.arrows.find((other) => other.id === id);
        return one ? this.insert(kind, one) : this.addAt(kind, point);
    }

    // ------------------------------------------------------------ search

    openSearch() {
        this.state.search = {text: "", index: 0};
    }

    closeSearch() {
        this.state.search = null;
        this.state.found = [];
        this.refocus();
    }

    search(text) {
        const wanted = text.trim().toLowerCase();
        const kinds = Object.fromEntries(
            this.model.canvas.kinds.map(({kind, label}) => [kind, label]),
        );
        this.state.found = wanted
            ? readingOrder(this.doc).filter((key) => {
                  const {name, kind} = this.doc.steps[key];
                  const summary = this.model.canvas.steps[key]?.summary;
                  return [name, kinds[kind], summary].some((words) =>
                      words?.toLowerCase().includes(wanted),
                  );
              })
            : [];
        this.state.search = {text, index: -1};
        this.nextHit(1);
    }

    nextHit(step) {
        const {found, search} = this.state;
        if (found.length) {
            search.index = (search.index + step + found.length) % found.length;
            const key = found[search.index];
            this.select([key]);
            this.canvas.center([key]);
            this.say(this.labels[key]);
        } else if (search.text) {
            this.say(_t("Nothing is called like that."));
        }
    }

    // ------------------------------------------------------------ keyboard

    onKeydown(ev) {
        if (ev.target.closest("input, textarea, select, [contenteditable=true]")) {
            return;
        }
        const action = this.keyAction(ev);
        if (action) {
            ev.preventDefault();
            ev.stopPropagation();
            action();
        }
    }

    /** What a key does on the canvas, or undefined. */
    keyAction(ev) {
        const ctrl = ev.ctrlKey || ev.metaKey;
        const direction = {
            ArrowUp: "up",
            ArrowDown: "down",
            ArrowLeft: "left",
            ArrowRight: "right",
        }[ev.key];
        if (direction) {
            return this.arrowAction(ev, direction, ctrl);
        }
        if (ctrl) {
            return this.ctrlAction(ev);
        }
        if (ev.altKey) {
            return undefined;
        }
        const onButton = ev.target.closest("button");
        const {canEdit} = this.model;
        const edit = (action) => (canEdit ? action : undefined);
        return {
            Enter: onButton ? undefined : () => this.openFocused(),
            " ": onButton ? undefined : () => this.select([this.state.focus], {toggle: true}),
            Escape: () => this.escape(),
            F2: edit(() => this.rename(this.state.focus)),
            Delete: edit(() => this.deleteSelected()),
            Backspace: edit(() => this.deleteSelected()),
            n: edit(() => this.askNext()),
            c: edit(() => this.askConnection()),
            l: edit(() => this.tidyUp()),
            "/": () => this.openSearch(),
            "?": () => this.toggleHelp(),
            "+": () => this.canvas.zoomBy(1.2),
            "=": () => this.canvas.zoomBy(1.2),
            "-": () => this.canvas.zoomBy(1 / 1.2),
            0: () => this.canvas.fit({smooth: true}),
            Home: () => this.goTo(START),
        }[ev.key.length === 1 ? ev.key.toLowerCase() : ev.key];
    }

    arrowAction(ev, direction, ctrl) {
        const [dx, dy] = {up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0]}[direction];
        if (ev.altKey) {
            const step = GRID * (ev.shiftKey ? 8 : 2);
            return () => this.moveSelected(dx * step, dy * step);
        }
        if (ctrl) {
            return () => this.canvas.panBy(-dx * 80, -dy * 80);
        }
        return () => this.walk(direction, ev.shiftKey);
    }

    ctrlAction(ev) {
        const {canEdit} = this.model;
        switch (ev.key.toLowerCase()) {
            case "z":
                return () => (ev.shiftKey ? this.redo() : this.undo());
            case "y":
                return () => this.redo();
            case "c":
                return this.state.selected.length ? () => this.copySelected() : undefined;
            case "x":
                return canEdit ? () => this.cutSelected() : undefined;
            case "d":
                return canEdit ? () => this.duplicateSelected() : () => {};
            case "a":
                return () => this.selectAll();
            case "f":
                return () => this.openSearch();
            case "s":
                return () => this.flush();
        }
        return undefined;
    }

    goTo(key) {
        this.select([key], {focus: true});
        this.canvas.reveal(key);
    }

    escape() {
        if (this.canvas.cancel()) {
            return;
        }
        if (this.state.search) {
            this.closeSearch();
        } else if (this.state.panel) {
            this.closePanel();
        } else {
            this.select([]);
        }
    }

    onPanelKeydown(ev) {
        if (
            ev.key === "Escape" &&
            !ev.defaultPrevented &&
            !document.querySelector(".o_popover, .modal")
        ) {
            ev.stopPropagation();
            this.closePanel();
        }
    }

    toggleHelp() {
        this.state.isHelpOpen = !this.state.isHelpOpen;
        if (!this.state.isHelpOpen) {
            this.refocus();
        }
    }

    onFocusin(ev) {
        const key = ev.target.closest?.(".o_hcw_card")?.dataset.key;
        if (key && key !== this.state.focus) {
            this.state.focus = key;
        }
    }

    // ------------------------------------------------------------ patients

    async refreshCounts() {
        if (this.hasCounts && document.visibilityState === "visible") {
            await this.model.refreshCounts();
        }
    }

    async openPatients(key, which) {
        if (await this.flush()) {
            const action = await this.model.call(
                "canvas_open_patients",
                [this.model.id],
                key,
                which,
            );
            this.action.doAction(action);
        }
    }

    // ------------------------------------------------------------ the view

    onView(view, size) {
        this.followView?.(view, size);
        const label = this.root.el?.querySelector(".o_hcw_zoom_value");
        if (label) {
            label.textContent = `${Math.round(view.zoom * 100)} %`;
        }
    }

    get hasGallery() {
        return registry.category("actions").contains("healthcare_workflow_gallery");
    }

    openGallery() {
        this.action.doAction("healthcare_workflow_gallery");
    }
}

/** A place for a card, on the grid. */
function snapped(x, y) {
    return {x: Math.round(x / GRID) * GRID, y: Math.round(y / GRID) * GRID};
}

registry
    .category("lazy_components")
    .add("healthcare_crm_followup.WorkflowBuilder", WorkflowBuilder);
