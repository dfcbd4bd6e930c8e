/**
 * Jobs that run a few at a time: what is in view first, the rest in their order.
 *
 * A browser keeps about six connections to a server; a page that takes all of them for itself keeps
 * what the user does next waiting.
 */
export class LoadQueue {
    /** @param {number} limit how many jobs run at once */
    constructor(limit = 3) {
        this.limit = limit;
        this.running = 0;
        this.waiting = [];
    }

    /**
     * Run `job` when its turn has come.
     *
     * @param {string} key by which it is promoted or dropped
     * @param {number} order jobs of a lower one go first
     * @param {Function} job returns a promise
     * @returns {Promise} what the job returns
     */
    add(key, order, job) {
        return new Promise((resolve, reject) => {
            this.waiting.push({key, order, isSeen: false, job, resolve, reject});
            this.next();
        });
    }

    /** Let the job of `key` go before those nobody looks at. */
    promote(key) {
        for (const one of this.waiting) {
            one.isSeen ||= one.key === key;
        }
    }

    /** Forget the job of `key` if it has not begun. */
    drop(key) {
        this.waiting = this.waiting.filter((one) => one.key !== key);
    }

    next() {
        if (this.running >= this.limit || !this.waiting.length) {
            return;
        }
        const one = this.waiting.reduce((best, other) => (isBefore(other, best) ? other : best));
        this.waiting.splice(this.waiting.indexOf(one), 1);
        this.running++;
        Promise.resolve()
            .then(one.job)
            .then(one.resolve, one.reject)
            .finally(() => {
                this.running--;
                this.next();
            });
    }
}

function isBefore(one, other) {
    return one.isSeen === other.isSeen ? one.order < other.order : one.isSeen;
}
