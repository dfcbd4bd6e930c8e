import {Component, onMounted, onPatched, useRef} from "@odoo/owl";
import {MAP, around, contains, pointAt, toCanvas, toScreen} from "../geometry";

const MARGIN = 120;

/**
 * The whole workflow, small, with a frame around what is seen; drag it to look elsewhere. It hides
 * when nothing is elsewhere.
 */
export class Minimap extends Component {
    static template = "healthcare_crm_followup.WorkflowMinimap";
    static props = {
        drawing: Object,
        selected: Array,
        register: Function,
        onLook: Function,
    };

    setup() {
        this.size = MAP;
        this.root = useRef("root");
        this.canvas = useRef("canvas");
        this.frame = useRef("frame");
        this.view = null;
        this.props.register((view, size) => this.follow(view, size));
        onMounted(() => this.draw());
        onPatched(() => this.draw());
    }

    /** Frame what is seen. */
    follow(view, size) {
        this.view = view;
        this.viewSize = size;
        if (!this.frame.el || !this.scale) {
            return;
        }
        this.root.el.classList.toggle("o_hcw_needless", !this.isNeeded);
        const corner = toCanvas(view, {x: 0, y: 0});
        const x = (corner.x - this.origin.x) * this.scale;
        const y = (corner.y - this.origin.y) * this.scale;
        const style = this.frame.el.style;
        style.transform = `translate(${x}px, ${y}px)`;
        style.width = `${(size.width / view.zoom) * this.scale}px`;
        style.height = `${(size.height / view.zoom) * this.scale}px`;
    }

    /** Whether there is room for it, and something out of sight. */
    get isNeeded() {
        const {width, height} = this.viewSize;
        const {x, y} = toScreen(this.view, this.all);
        const right = x + this.all.width * this.view.zoom;
        const bottom = y + this.all.height * this.view.zoom;
        return width >= MAP.from && (x < 0 || y < 0 || right > width || bottom > height);
    }

    draw() {
        const {boxes, cards, courses} = this.props.drawing;
        const all = around(Object.values(boxes));
        this.all = all;
        this.scale = Math.min(
            0.2,
            MAP.width / (all.width + 2 * MARGIN),
            MAP.height / (all.height + 2 * MARGIN),
        );
        this.origin = {
            x: all.x - (MAP.width / this.scale - all.width) / 2,
            y: all.y - (MAP.height / this.scale - all.height) / 2,
        };
        const ratio = window.devicePixelRatio || 1;
        const element = this.canvas.el;
        element.width = MAP.width * ratio;
        element.height = MAP.height * ratio;
        const context = element.getContext("2d");
        context.scale(ratio * this.scale, ratio * this.scale);
        context.translate(-this.origin.x, -this.origin.y);
        const style = getComputedStyle(element);
        context.strokeStyle = style.getPropertyValue("--hcw-arrow");
        context.lineWidth = 0.8 / this.scale;
        context.beginPath();
        for (const points of Object.values(courses)) {
            context.moveTo(points[0].x, points[0].y);
            for (const t of [0.25, 0.5, 0.75, 1]) {
                const {x, y} = pointAt(points, t);
                context.lineTo(x, y);
            }
        }
        context.stroke();
        const selected = new Set(this.props.selected);
        for (const [key, box] of Object.entries(boxes)) {
            context.fillStyle = style.getPropertyValue(
                selected.has(key) ? "--hcw-accent" : `--hcw-${cards[key]?.step.kind || "start"}`,
            );
            context.fillRect(box.x, box.y, box.width, box.height);
        }
        if (this.view) {
            this.follow(this.view, this.viewSize);
        }
    }

    onPointerdown(ev) {
        ev.currentTarget.setPointerCapture(ev.pointerId);
        this.isDragging = true;
        this.look(ev);
    }

    onPointermove(ev) {
        if (this.isDragging) {
            this.look(ev);
        }
    }

    onPointerup() {
        this.isDragging = false;
    }

    look(ev) {
        const rect = this.canvas.el.getBoundingClientRect();
        const at = {x: ev.clientX - rect.x, y: ev.clientY - rect.y};
        if (contains({x: 0, y: 0, ...MAP}, at, 40)) {
            this.props.onLook({
                x: this.origin.x + at.x / this.scale,
                y: this.origin.y + at.y / this.scale,
            });
        }
    }
}
