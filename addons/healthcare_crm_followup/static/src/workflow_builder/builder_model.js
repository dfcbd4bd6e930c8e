import {EventBus, markRaw} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {RPCError} from "@web/core/network/rpc";
import {Mutex} from "@web/core/utils/concurrency";
import {emptyDocument, merge, movesBetween, onlyMoved} from "./document";
import {History} from "./history";

const MODEL = "healthcare.workflow";
/** How long one may go on before a change is saved, in ms. */
const PAUSE = 500;

/**
 * The workflow that is open: its document as it is here, what the server derives from it, what was
 * done before, and the saving of it. It says "update" on its bus when something is to be drawn anew.
 */
export class BuilderModel {
    /**
     * @param {Object} params
     * @param {Object} params.orm
     * @param {(message: string, type: string) => void} params.notify
     * @param {(canvas: Object) => void} params.onCreated the draft got its row
     */
    constructor({orm, notify, onCreated}) {
        markRaw(this);
        this.orm = orm;
        this.notify = notify;
        this.onCreated = onCreated;
        this.bus = new EventBus();
        this.history = new History();
        this.mutex = new Mutex();
        this.canvas = null;
        this.doc = emptyDocument();
        this.savedDoc = this.doc;
        this.isSaving = false;
        this.isFailing = false;
        this.timer = null;
    }

    get id() {
        return this.canvas.id;
    }

    get canEdit() {
        return this.canvas.can_edit;
    }

    get saveState() {
        if (this.isFailing) {
            return "failed";
        }
        return this.isSaving || this.isDirty ? "saving" : "saved";
    }

    get isDirty() {
        return this.canEdit && this.doc !== this.savedDoc;
    }

    /** The outcomes of a step, also of one the server does not know yet: [[code, label], …]. */
    outcomesOf(key) {
        const known = this.canvas.steps[key];
        const step = this.doc.steps[key];
        if (known || !step) {
            return known?.outcomes || [];
        }
        return this.kind(step.kind)?.outcomes || [];
    }

    kind(code) {
        return this.canvas.kinds.find(({kind}) => kind === code);
    }

    async load(id) {
        const canvas = id
            ? await this.call("canvas_load", [id])
            : await this.orm.call(MODEL, "canvas_empty", []);
        this.doc = this.savedDoc = markRaw(canvas.doc);
        this.take(canvas);
    }

    call(method, ids, ...args) {
        return this.orm.call(MODEL, method, [ids, ...args]);
    }

    /** Keep what the server derives; what is as before stays the same object. */
    take(canvas) {
        const before = this.canvas?.steps || {};
        for (const [key, step] of Object.entries(canvas.steps)) {
            if (before[key] && JSON.stringify(before[key]) === JSON.stringify(step)) {
                canvas.steps[key] = before[key];
            }
        }
        const counted = this.canvas?.counts || {};
        for (const [key, counts] of Object.entries(canvas.counts)) {
            if (JSON.stringify(counted[key]) === JSON.stringify(counts)) {
                canvas.counts[key] = counted[key];
            }
        }
        this.canvas = markRaw(canvas);
        this.bus.trigger("update");
    }

    // ------------------------------------------------------------ changing

    /** Make `doc` the document; what it was can be had back. Says whether something changed. */
    change(doc) {
        if (doc === this.doc || !this.canEdit) {
            return false;
        }
        this.history.push(this.doc);
        this.show(doc);
        return true;
    }

    /** Place steps that have no place yet: nothing that is undone. */
    place(doc) {
        if (doc !== this.doc) {
            this.show(doc);
        }
    }

    undo() {
        return this.travel(this.history.undo(this.doc));
    }

    redo() {
        return this.travel(this.history.redo(this.doc));
    }

    travel(doc) {
        if (doc) {
            this.show(doc);
        }
        return Boolean(doc);
    }

    show(doc) {
        this.doc = markRaw(doc);
        this.isFailing = false;
        this.bus.trigger("update");
        if (this.canEdit) {
            browser.clearTimeout(this.timer);
            this.timer = browser.setTimeout(() => this.save(), PAUSE);
        }
    }

    // ------------------------------------------------------------ saving

    /** Save what is not saved yet; false when it could not be. */
    save() {
        browser.clearTimeout(this.timer);
        return this.mutex.exec(() => this.saveNow());
    }

    async saveNow() {
        while (this.isDirty) {
            this.isSaving = true;
            this.bus.trigger("update");
            try {
                await this.send();
                this.isFailing = false;
            } catch (error) {
                if (!(await this.settle(error))) {
                    return false;
                }
            } finally {
                this.isSaving = false;
                this.bus.trigger("update");
            }
        }
        return true;
    }

    async ensureCreated() {
        if (!this.id) {
            const canvas = await this.orm.call(MODEL, "canvas_create", []);
            const isUntouched = !this.isDirty;
            this.savedDoc = markRaw(canvas.doc);
            this.doc = isUntouched ? this.savedDoc : this.doc;
            this.take(canvas);
            this.onCreated(canvas);
        }
    }

    async send() {
        await this.ensureCreated();
        const sent = this.doc;
        if (onlyMoved(this.savedDoc, sent)) {
            const places = movesBetween(this.savedDoc, sent);
            if (Object.keys(places).length) {
                await this.call("canvas_place", [this.id], places);
            }
            this.savedDoc = sent;
        } else {
            const canvas = await this.call("canvas_save", [this.id], sent, this.canvas.revision);
            this.receive(canvas, sent);
        }
    }

    /** Take over what the server made of the document that was `sent`, and keep later changes. */
    receive(canvas, sent) {
        const untouched = this.doc === sent;
        const {doc} = merge(sent, this.doc, canvas.doc);
        this.savedDoc = markRaw(untouched ? doc : canvas.doc);
        this.doc = markRaw(doc);
        this.take(canvas);
    }

    /** After an error: if somebody else changed the workflow, bring both together. */
    async settle(error) {
        if (error instanceof RPCError && this.id) {
            const canvas = await this.call("canvas_load", [this.id]);
            if (canvas.revision !== this.canvas.revision) {
                const {doc, clash} = merge(this.savedDoc, this.doc, canvas.doc);
                this.savedDoc = markRaw(canvas.doc);
                if (clash) {
                    this.history.push(this.doc);
                    this.notify(
                        _t("Somebody else changed this workflow. You see it as it is now."),
                        "warning",
                    );
                }
                this.doc = markRaw(clash ? canvas.doc : doc);
                this.take(canvas);
                return true;
            }
        }
        this.isFailing = true;
        this.notify(error.data?.message || _t("The workflow could not be saved."), "danger");
        return false;
    }

    /**
     * Load what a panel saved; it can be undone like any other change.
     *
     * @param {() => Promise<boolean>} [write] saves it, while nothing else is saved; false if it could not
     */
    reload(write) {
        return this.mutex.exec(async () => {
            if (write && !(await write())) {
                return false;
            }
            if (!this.id) {
                return true;
            }
            const canvas = await this.call("canvas_load", [this.id]);
            const {doc} = merge(this.savedDoc, this.doc, canvas.doc);
            if (JSON.stringify(doc) !== JSON.stringify(this.doc)) {
                this.history.push(this.doc);
            }
            const wasDirty = this.isDirty;
            this.doc = markRaw(doc);
            this.savedDoc = wasDirty ? markRaw(canvas.doc) : this.doc;
            this.take(canvas);
            return true;
        });
    }

    /** Call a method that answers with a canvas whose document can be undone. */
    async transform(method, ...args) {
        if (!(await this.save())) {
            return null;
        }
        return this.mutex.exec(async () => {
            await this.ensureCreated();
            const canvas = await this.call(method, [this.id], ...args, this.canvas.revision);
            this.history.push(this.doc);
            this.doc = this.savedDoc = markRaw(canvas.doc);
            this.take(canvas);
            return canvas;
        });
    }

    async rename(name) {
        await this.reload(async () => {
            await this.ensureCreated();
            return this.orm.write(MODEL, [this.id], {name});
        });
    }

    async refreshCounts() {
        const counts = await this.orm.silent.call(MODEL, "canvas_counts", [[this.id]]);
        if (JSON.stringify(counts) !== JSON.stringify(this.canvas.counts)) {
            this.take({...this.canvas, counts});
        }
    }
}
