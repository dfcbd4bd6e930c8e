import {Component, onMounted, onPatched, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {
    MAP,
    around,
    arrowAt,
    centred,
    fitView,
    pointAt,
    revealing,
    toCanvas,
    toPath,
    zoomAt,
} from "../geometry";
import {START} from "../document";
import {StartCard} from "../step_card/start_card";
import {StepCard} from "../step_card/step_card";
import {Band, Connect, MoveCards, Pan, Pinch, SLACK} from "./gestures";

/** How long a finger rests on a card to choose several, in ms. */
const LONG_PRESS = 450;
/** At which size a workflow that does not fit is shown first. */
const READABLE = 0.75;
/** How high the buttons at the bottom are, in px. */
const CONTROLS = 52;

/**
 * The drawing of a workflow: cards and arrows one can move, connect and look at from near and far.
 * It knows where one looks; what is chosen and changed is told to its parent.
 */
export class WorkflowCanvas extends Component {
    static template = "healthcare_crm_followup.WorkflowCanvas";
    static components = {StartCard, StepCard};
    static props = {
        doc: Object,
        drawing: Object,
        canvas: Object,
        labels: Object,
        selected: Array,
        arrow: [String, {value: null}],
        focus: String,
        naming: [String, {value: null}],
        found: Array,
        marks: [Object, {value: null}],
        view: {type: Object, optional: true},
        register: Function,
        onView: Function,
        onSelect: Function,
        onOpen: Function,
        onArrow: Function,
        onMove: Function,
        onConnect: Function,
        onAddFrom: Function,
        onMore: Function,
        onInsert: Function,
        onDeleteArrow: Function,
        onCount: Function,
        onRename: Function,
        onRenamed: Function,
    };

    setup() {
        this.toPath = toPath;
        this.refs = {
            root: useRef("root"),
            world: useRef("world"),
            band: useRef("band"),
            draft: useRef("draft"),
            tools: useRef("tools"),
        };
        this.view = this.props.view || {x: 0, y: 0, zoom: 1};
        this.size = {width: 1, height: 1};
        this.pointers = new Map();
        this.gesture = null;
        this.frame = null;
        this.props.register(this);
        const observer = new ResizeObserver(() => this.measure());
        onMounted(() => {
            this.measure();
            observer.observe(this.root);
            // not by t-on: the page must not scroll or zoom meanwhile
            this.root.addEventListener("wheel", (ev) => this.onWheel(ev), {passive: false});
            if (this.props.view) {
                this.applyView();
            } else {
                this.fit({readable: READABLE});
            }
        });
        onPatched(() => this.placeTools());
        onWillUnmount(() => {
            observer.disconnect();
            browser.cancelAnimationFrame(this.frame);
            browser.clearTimeout(this.pressTimer);
            browser.clearTimeout(this.restTimer);
        });
        useEffect(
            (id) => this.showTools(id),
            () => [this.props.arrow],
        );
    }

    get root() {
        return this.refs.root.el;
    }

    get world() {
        return this.refs.world.el;
    }

    get band() {
        return this.refs.band.el;
    }

    get draft() {
        return this.refs.draft.el;
    }

    get drawing() {
        return this.props.drawing;
    }

    // ------------------------------------------------------------ for the template

    kindLabel(kind) {
        return this.props.canvas.kinds.find((one) => one.kind === kind)?.label || kind;
    }

    get problems() {
        const found = {};
        for (const problem of this.props.canvas.problems) {
            const key = problem.section === "starts" ? START : problem.step;
            if (key) {
                (found[key] = found[key] || []).push(problem);
            }
        }
        return found;
    }

    // ------------------------------------------------------------ the page

    card(key) {
        return key && this.world.querySelector(`.o_hcw_card[data-key="${CSS.escape(key)}"]`);
    }

    /** The two lines an arrow is drawn with: the one to see, and the one to hit. */
    paths(id) {
        return [
            ...this.world.querySelectorAll(`.o_hcw_arrow[data-arrow="${CSS.escape(id)}"] path`),
        ];
    }

    /** Draw everything where the document says: a drag was called off. */
    restore() {
        for (const [id, points] of Object.entries(this.drawing.courses)) {
            this.paths(id).forEach((element) => element.setAttribute("d", toPath(points)));
        }
    }

    measure() {
        const {clientWidth: width, clientHeight: height} = this.root;
        this.rect = this.root.getBoundingClientRect();
        if (width && height && (width !== this.size.width || height !== this.size.height)) {
            const shift = this.isMeasured ? (width - this.size.width) / 2 : 0;
            this.size = {width, height};
            this.isMeasured = true;
            // what was in the middle stays there when a panel comes or goes
            this.panBy(shift, 0);
        }
    }

    point(ev) {
        return {x: ev.clientX - this.rect.x, y: ev.clientY - this.rect.y};
    }

    onPage(point) {
        return {x: point.x + this.rect.x, y: point.y + this.rect.y};
    }

    /** Where on the canvas a point of the page is, or null when it is elsewhere. */
    fromPage({x, y}) {
        this.rect = this.root.getBoundingClientRect();
        const inside =
            x >= this.rect.left &&
            x <= this.rect.right &&
            y >= this.rect.top &&
            y <= this.rect.bottom;
        return inside ? toCanvas(this.view, {x: x - this.rect.x, y: y - this.rect.y}) : null;
    }

    focusCard(key) {
        (this.card(key) || this.root)?.focus({preventScroll: true});
    }

    // ------------------------------------------------------------ the view

    setView(view, {smooth = false} = {}) {
        this.view = view;
        this.applyView(smooth);
    }

    applyView(smooth = false) {
        const {x, y, zoom} = this.view;
        this.world.classList.toggle("o_hcw_gliding", smooth);
        this.world.classList.add("o_hcw_viewing");
        this.world.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
        this.props.onView(this.view, this.size);
        browser.clearTimeout(this.restTimer);
        this.restTimer = browser.setTimeout(
            () => this.world?.classList.remove("o_hcw_viewing", "o_hcw_gliding"),
            250,
        );
    }

    /** Stay where the view is on its way, so that what is seen is what is pressed. */
    stopGliding() {
        if (this.world.classList.contains("o_hcw_gliding")) {
            const {a, e, f} = new DOMMatrix(getComputedStyle(this.world).transform);
            this.setView({x: e, y: f, zoom: a});
        }
    }

    panBy(dx, dy) {
        const {x, y, zoom} = this.view;
        this.setView({x: x + dx, y: y + dy, zoom});
    }

    zoomBy(factor, point = {x: this.size.width / 2, y: this.size.height / 2}) {
        this.setView(zoomAt(this.view, point, factor));
    }

    /** Show the whole workflow; with `readable`, at least so big, from the start on. */
    fit({readable = 0, smooth = false} = {}) {
        const box = around(Object.values(this.drawing.boxes));
        const whole = fitView(box, this.size, {readable});
        const start = this.drawing.boxes[START];
        if (box.width * whole.zoom > this.size.width) {
            whole.x = this.size.width / 2 - (start.x + start.width / 2) * whole.zoom;
        }
        this.setView(whole, {smooth});
    }

    reveal(key) {
        const box = this.drawing.boxes[key];
        if (box) {
            const padded = {...box, height: box.height + 24};
            const {width, height} = this.size;
            const clear = {
                width: width >= MAP.from ? width - MAP.width : width,
                height: height - CONTROLS,
            };
            this.setView(revealing(this.view, padded, clear), {smooth: true});
        }
    }

    center(keys) {
        const boxes = keys.map((key) => this.drawing.boxes[key]).filter(Boolean);
        if (boxes.length) {
            this.setView(centred(this.view, around(boxes), this.size), {smooth: true});
        }
    }

    lookAt(point) {
        this.setView(centred(this.view, {...point, width: 0, height: 0}, this.size));
    }

    panAtRim(point, {width, speed}) {
        const push = (at, size) => (at < width ? speed : at > size - width ? -speed : 0);
        const dx = push(point.x, this.size.width);
        const dy = push(point.y, this.size.height);
        if (dx || dy) {
            this.panBy(dx, dy);
            this.isAtRim = true;
        }
    }

    onWheel(ev) {
        ev.preventDefault();
        const unit = ev.deltaMode === 1 ? 32 : 1;
        if (ev.ctrlKey || ev.metaKey) {
            this.measure();
            const delta = Math.max(-120, Math.min(120, ev.deltaY * unit));
            this.zoomBy(Math.exp(-delta * 0.004), this.point(ev));
        } else {
            const dx = ev.shiftKey && !ev.deltaX ? ev.deltaY : ev.deltaX;
            const dy = ev.shiftKey && !ev.deltaX ? 0 : ev.deltaY;
            this.panBy(-dx * unit, -dy * unit);
        }
    }

    // ------------------------------------------------------------ arrows

    showTools(id) {
        this.tooled = id;
        this.placeTools();
    }

    placeTools() {
        const points = this.tooled && this.drawing.courses[this.tooled];
        const {style, classList} = this.refs.tools.el;
        style.display = points && this.props.canvas.can_edit ? "" : "none";
        classList.toggle("o_hcw_chosen", this.tooled === this.props.arrow);
        if (points) {
            const {x, y} = pointAt(points, 0.5);
            style.transform = `translate(${x}px, ${y}px) translate(-50%, -50%)`;
        }
    }

    onPointerover(ev) {
        if (this.gesture || ev.pointerType === "touch") {
            return;
        }
        const id = ev.target.closest(".o_hcw_arrow")?.dataset.arrow;
        if (id) {
            this.showTools(id);
        } else if (!ev.target.closest(".o_hcw_tools") && this.tooled !== this.props.arrow) {
            this.showTools(this.props.arrow);
        }
    }

    insertHere() {
        this.props.onInsert(this.tooled, this.toolsOnPage());
    }

    toolsOnPage() {
        const {right, bottom} = this.refs.tools.el.getBoundingClientRect();
        return {x: right, y: bottom};
    }

    /** Mark the arrow something is dragged over; answers its id. */
    markArrow(point) {
        const id = point && arrowAt(this.drawing.courses, point, 28);
        if (id !== this.marked) {
            for (const [one, on] of [
                [this.marked, false],
                [id, true],
            ]) {
                const paths = one ? this.paths(one) : [];
                paths[0]?.parentElement.classList.toggle("o_hcw_target", on);
            }
            this.marked = id;
        }
        return id;
    }

    // ------------------------------------------------------------ pointers

    onPointerdown(ev) {
        if (ev.target.closest("input, .o_hcw_count, .o_hcw_tools")) {
            return;
        }
        this.stopGliding();
        this.measure();
        const point = this.point(ev);
        this.pointers.set(ev.pointerId, point);
        if (this.pointers.size === 2) {
            this.press = null;
            browser.clearTimeout(this.pressTimer);
            this.begin(null);
            this.pinch = new Pinch(this, [...this.pointers.values()]);
            return;
        }
        const port = ev.target.closest(".o_hcw_port");
        const card = ev.target.closest(".o_hcw_card");
        this.press = {
            id: ev.pointerId,
            type: ev.pointerType || "mouse",
            button: ev.button,
            adds: ev.shiftKey || ev.ctrlKey || ev.metaKey,
            point,
            key: card?.dataset.key,
            port: port?.dataset.port,
            more: Boolean(port?.dataset.more),
            arrow: ev.target.closest(".o_hcw_arrow")?.dataset.arrow,
        };
        if (ev.button === 1) {
            ev.preventDefault();
        }
        if (this.press.type === "touch" && card && !port) {
            this.pressTimer = browser.setTimeout(() => this.longPress(), LONG_PRESS);
        }
    }

    longPress() {
        const {key} = this.press || {};
        if (key && !this.gesture) {
            this.press = null;
            browser.navigator.vibrate?.(20);
            this.props.onSelect([key], {toggle: true});
        }
    }

    onPointermove(ev) {
        if (!this.pointers.has(ev.pointerId)) {
            return;
        }
        const point = this.point(ev);
        this.pointers.set(ev.pointerId, point);
        if (this.pinch) {
            this.later(() => this.pinch?.move([...this.pointers.values()]));
            return;
        }
        if (this.press && !this.gesture) {
            const {point: start, type} = this.press;
            if (Math.hypot(point.x - start.x, point.y - start.y) < (SLACK[type] || 4)) {
                return;
            }
            browser.clearTimeout(this.pressTimer);
            this.begin(this.gestureFor(this.press));
            this.root.setPointerCapture?.(ev.pointerId);
        }
        if (this.gesture) {
            this.at = point;
            this.later(() => this.step());
        }
    }

    gestureFor({key, port, more, button, adds, point}) {
        const canEdit = this.props.canvas.can_edit;
        if (button === 1 || button === 2 || this.isSpaceDown) {
            return new Pan(this, point);
        }
        if (port && canEdit) {
            return new Connect(this, point, key, port);
        }
        if (key && key !== START && !more && canEdit) {
            const {selected} = this.props;
            if (!selected.includes(key)) {
                this.props.onSelect([key], {add: adds, silent: true});
            }
            return new MoveCards(this, point, selected.includes(key) ? selected : [key]);
        }
        return adds && !key ? new Band(this, point) : new Pan(this, point);
    }

    begin(gesture) {
        this.gesture?.cancel();
        this.gesture = gesture;
        this.root.classList.toggle("o_hcw_busy", Boolean(gesture));
    }

    /** Do something with the next frame, once. */
    later(action) {
        this.pending = action;
        if (!this.frame) {
            this.frame = browser.requestAnimationFrame(() => {
                this.frame = null;
                this.pending?.();
            });
        }
    }

    step() {
        this.isAtRim = false;
        this.gesture?.move(this.at);
        if (this.isAtRim && this.gesture) {
            this.later(() => this.step());
        }
    }

    onPointerup(ev) {
        if (!this.pointers.delete(ev.pointerId)) {
            return;
        }
        browser.clearTimeout(this.pressTimer);
        if (this.pinch) {
            this.pinch = null;
            this.press = null;
            return;
        }
        const {gesture, press} = this;
        this.press = null;
        if (gesture) {
            this.at = this.point(ev);
            gesture.move(this.at);
            this.gesture = null;
            this.root.classList.remove("o_hcw_busy");
            gesture.end();
        } else if (press) {
            this.click(press, ev);
        }
    }

    onPointercancel(ev) {
        this.pointers.delete(ev.pointerId);
        this.cancel();
    }

    /** Call off what the pointer is doing; false if it does nothing. */
    cancel() {
        const busy = Boolean(this.gesture);
        browser.clearTimeout(this.pressTimer);
        this.press = null;
        this.pinch = null;
        this.begin(null);
        return busy;
    }

    click({key, port, more, arrow, adds, button, type, point}, ev) {
        if (button > 0) {
            return;
        }
        if (more) {
            this.props.onMore(key, this.onPage(point));
        } else if (port && this.props.canvas.can_edit) {
            this.props.onAddFrom(key, port, this.onPage(point), null);
        } else if (key) {
            const isChoosing = type === "touch" && this.props.selected.length > 1;
            const toggle = (adds || isChoosing) && key !== START;
            this.props.onSelect([key], {toggle});
            if (!toggle) {
                this.props.onOpen(key);
            }
        } else if (arrow) {
            this.props.onArrow(arrow);
        } else {
            this.props.onSelect([], {});
        }
        if (key) {
            this.focusCard(key);
        } else {
            this.root.focus({preventScroll: true});
        }
    }

    /** A port pressed by Enter or Space; a pointer's click was answered when it was released. */
    onClick(ev) {
        const port = ev.target.closest(".o_hcw_port");
        if (!port || ev.detail > 0) {
            return;
        }
        const {left, bottom} = port.getBoundingClientRect();
        const {key} = port.closest(".o_hcw_card").dataset;
        if (port.dataset.more) {
            this.props.onMore(key, {x: left, y: bottom});
        } else if (this.props.canvas.can_edit) {
            this.props.onAddFrom(key, port.dataset.port, {x: left, y: bottom}, null);
        }
    }

    onDblclick(ev) {
        const key = ev.target.closest(".o_hcw_card")?.dataset.key;
        if (key && key !== START && !ev.target.closest("button, input")) {
            this.props.onRename(key);
        }
    }
}
