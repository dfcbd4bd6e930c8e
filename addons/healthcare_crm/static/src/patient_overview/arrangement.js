/** Where blocks stand in two columns. Plain functions. */

/** Height of a row of the grid, and the room below a block, in pixels; as in the style sheet. */
const ROW = 4;
const GAP = 16;

/**
 * Put blocks into the columns 1 and 2 in turn, so that they are read from left to right and stay
 * where they are while others load; a wide one begins on the left again.
 *
 * @param {Object[]} blocks with `wide`
 * @returns {Object[]} them with `column`: 1, 2 or 0 for the whole width
 */
export function inColumns(blocks) {
    let column = 2;
    return blocks.map((block) => {
        column = block.wide || column === 2 ? 1 : 2;
        if (!block.wide) {
            return {...block, column};
        }
        column = 2;
        return {...block, column: 0};
    });
}

/** How many rows of the grid a block of so many pixels takes. */
export function rowsFor(height) {
    return Math.ceil((height + GAP) / ROW);
}
