/** The queue of the worklist as a list of rows. Pure; the server puts them in order. */

/**
 * @param {Array<{id: Number}>} rows
 * @param {Number|null} id the row that is marked
 * @param {1|-1} step
 * @returns {Number|null} the id of the row to mark instead
 */
export function moved(rows, id, step) {
    if (!rows.length) {
        return null;
    }
    const at = rows.findIndex((row) => row.id === id);
    if (at < 0) {
        return rows[step > 0 ? 0 : rows.length - 1].id;
    }
    return rows[Math.min(Math.max(at + step, 0), rows.length - 1)].id;
}

/** Return the address a telephone calls, empty without a number. */
export function telephone(phone) {
    const number = (phone || "").replace(/[^\d+]/g, "");
    return number ? `tel:${number}` : "";
}
