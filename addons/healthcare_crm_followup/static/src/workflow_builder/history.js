/** What was done, so that it can be undone and done again: two stacks of documents. */
export class History {
    /** @param {number} limit how many steps back one can go */
    constructor(limit = 200) {
        this.limit = limit;
        this.past = [];
        this.future = [];
    }

    get canUndo() {
        return this.past.length > 0;
    }

    get canRedo() {
        return this.future.length > 0;
    }

    /** Remember `doc`, which is about to be replaced. */
    push(doc) {
        this.past.push(doc);
        this.past.splice(0, this.past.length - this.limit);
        this.future = [];
    }

    /** The document before `present`, or null. */
    undo(present) {
        return this._swap(this.past, this.future, present);
    }

    /** The document that was undone last, or null. */
    redo(present) {
        return this._swap(this.future, this.past, present);
    }

    _swap(from, to, present) {
        if (!from.length) {
            return null;
        }
        to.push(present);
        return from.pop();
    }
}
