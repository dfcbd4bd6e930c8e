/**
 * An outcome that can be taken back for a moment: it reaches the server when the moment is over, when
 * another one is chosen, or when the page is left. So nothing has left the clinic that undo would
 * have to call back.
 */
export class Pending {
    /**
     * @param {Number} delay milliseconds
     * @param {(entry: Object) => Promise} send
     * @param {{set: Function, clear: Function}} timers
     */
    constructor(delay, send, timers) {
        Object.assign(this, {delay, send, timers, entry: null, timer: null});
    }

    /** Return the ids of tasks whose outcome is on its way. */
    get ids() {
        return this.entry ? [this.entry.id] : [];
    }

    /** Keep `entry`; what was kept before is sent first. */
    async add(entry) {
        await this.flush();
        this.entry = entry;
        this.timer = this.timers.set(() => this.flush(), this.delay);
    }

    /** Forget what is kept. @returns {Object|null} what it was */
    undo() {
        const {entry} = this;
        this.timers.clear(this.timer);
        this.entry = null;
        return entry;
    }

    /** Send what is kept now. */
    async flush() {
        const entry = this.undo();
        if (entry) {
            await this.send(entry);
        }
    }
}
