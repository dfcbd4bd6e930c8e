import {START} from "../document";
import {between, contains, course, overlaps, toCanvas, toPath} from "../geometry";
import {endsOf, exitPoint} from "../drawing";

/** How far a pointer goes before it drags, in px of the screen. */
export const SLACK = {mouse: 4, pen: 8, touch: 10};
/** Cards stop at multiples of this. */
export const GRID = 8;
/** How near the edge a drag makes the view move along, and how fast, in px per frame. */
const RIM = {width: 36, speed: 14};

const snap = (value) => Math.round(value / GRID) * GRID;

/*
 * What a pointer does from pressing to releasing, a class each: move(point) at most once a frame,
 * end() when it is released, cancel() when it is called off; points are of the screen, from the
 * canvas's corner. While it lasts, nothing is rendered: only what moves is touched, in place.
 */

/** Move the view. */
export class Pan {
    constructor(canvas, point) {
        this.canvas = canvas;
        this.last = point;
    }

    move(point) {
        this.canvas.panBy(point.x - this.last.x, point.y - this.last.y);
        this.last = point;
    }

    end() {}
    cancel() {}
}

/** Two fingers: move and zoom the view. */
export class Pinch {
    constructor(canvas, points) {
        this.canvas = canvas;
        this.measure(points);
    }

    measure([one, other]) {
        this.distance = Math.hypot(one.x - other.x, one.y - other.y);
        this.middle = {x: (one.x + other.x) / 2, y: (one.y + other.y) / 2};
    }

    move(points) {
        const {distance, middle} = this;
        this.measure(points);
        this.canvas.panBy(this.middle.x - middle.x, this.middle.y - middle.y);
        this.canvas.zoomBy(this.distance / (distance || 1), this.middle);
    }
}

/** Draw a rectangle around cards. */
export class Band {
    constructor(canvas, point) {
        this.canvas = canvas;
        this.from = toCanvas(canvas.view, point);
        this.found = [];
    }

    move(point) {
        const {view, drawing, band} = this.canvas;
        const box = between(this.from, toCanvas(view, point));
        Object.assign(band.style, {
            display: "block",
            transform: `translate(${box.x}px, ${box.y}px)`,
            width: `${box.width}px`,
            height: `${box.height}px`,
        });
        this.found = Object.keys(drawing.cards).filter((key) => overlaps(drawing.boxes[key], box));
        for (const element of this.canvas.world.querySelectorAll(".o_hcw_card[data-key]")) {
            element.classList.toggle("o_hcw_banded", this.found.includes(element.dataset.key));
        }
        this.canvas.panAtRim(point, RIM);
    }

    end() {
        this.cancel();
        this.canvas.props.onSelect(this.found, {add: true});
    }

    cancel() {
        this.canvas.band.style.display = "none";
        for (const element of this.canvas.world.querySelectorAll(".o_hcw_banded")) {
            element.classList.remove("o_hcw_banded");
        }
    }
}

/** Move cards, and the arrows at them. */
export class MoveCards {
    constructor(canvas, point, keys) {
        this.canvas = canvas;
        this.keys = keys;
        this.from = toCanvas(canvas.view, point);
        const {boxes, cards, arrows} = canvas.drawing;
        const moving = new Set(keys);
        if (moving.has(canvas.props.doc.start)) {
            moving.add(START); // it stands above the first step
        }
        this.cards = [...moving].map((key) => ({key, box: boxes[key], element: canvas.card(key)}));
        this.arrows = arrows
            .filter(({from, to}) => moving.has(from) || moving.has(to))
            .map((one) => ({
                ends: endsOf(one, cards, boxes),
                moves: [moving.has(one.from), moving.has(one.to)],
                paths: canvas.paths(one.id),
            }));
        this.cards.forEach(({element}) => element.classList.add("o_hcw_dragged"));
        this.shift = {x: 0, y: 0};
    }

    move(point) {
        const at = toCanvas(this.canvas.view, point);
        const first = this.cards[0].box;
        this.shift = {
            x: snap(first.x + at.x - this.from.x) - first.x,
            y: snap(first.y + at.y - this.from.y) - first.y,
        };
        const {x: dx, y: dy} = this.shift;
        for (const {box, element} of this.cards) {
            element.style.transform = `translate(${box.x + dx}px,${box.y + dy}px)`;
        }
        for (const {ends, moves, paths} of this.arrows) {
            const [from, to] = ends.map((end, index) =>
                moves[index] ? {x: end.x + dx, y: end.y + dy} : end,
            );
            const path = toPath(course(from, to));
            paths.forEach((element) => element.setAttribute("d", path));
        }
        this.canvas.panAtRim(point, RIM);
    }

    end() {
        this.cards.forEach(({element}) => element.classList.remove("o_hcw_dragged"));
        const places = {};
        for (const {key, box} of this.cards) {
            if (key !== START) {
                places[key] = [box.x + this.shift.x, box.y + this.shift.y];
            }
        }
        this.canvas.props.onMove(places);
    }

    cancel() {
        this.move({
            x: this.from.x * this.canvas.view.zoom + this.canvas.view.x,
            y: this.from.y * this.canvas.view.zoom + this.canvas.view.y,
        });
        this.cards.forEach(({element}) => element.classList.remove("o_hcw_dragged"));
        this.canvas.restore();
    }
}

/** Draw an arrow from a port to a card, or to where a card is to be. */
export class Connect {
    constructor(canvas, point, from, outcome) {
        Object.assign(this, {canvas, from, outcome, target: null, point});
        const {cards, boxes} = canvas.drawing;
        this.start = exitPoint(from, outcome, cards, boxes);
    }

    move(point) {
        this.point = point;
        const at = toCanvas(this.canvas.view, point);
        this.canvas.draft.setAttribute("d", toPath(course(this.start, at)));
        const {boxes, cards} = this.canvas.drawing;
        const target =
            Object.keys(cards).find((key) => key !== this.from && contains(boxes[key], at, 12)) ||
            null;
        if (target !== this.target) {
            this.canvas.card(this.target)?.classList.remove("o_hcw_target");
            this.canvas.card(target)?.classList.add("o_hcw_target");
            this.target = target;
        }
        if (!target) {
            // a card one has reached does not slip away
            this.canvas.panAtRim(point, RIM);
        }
    }

    end() {
        this.cancel();
        if (this.target) {
            this.canvas.props.onConnect(this.from, this.outcome, this.target);
        } else {
            this.canvas.props.onAddFrom(
                this.from,
                this.outcome,
                this.canvas.onPage(this.point),
                toCanvas(this.canvas.view, this.point),
            );
        }
    }

    cancel() {
        this.canvas.draft.removeAttribute("d");
        this.canvas.card(this.target)?.classList.remove("o_hcw_target");
    }
}
