/** What the desk shows, before and after somebody scanned or pressed something. Pure. */

/** Nothing scanned yet. */
export function emptyScreen() {
    return {card: null, people: null, hasMore: false, scanned: [], notice: null, undo: null};
}

/**
 * The screen after an answer of the server.
 *
 * @param {Object} screen as it was
 * @param {Object} answer of `desk_scan` or of an offer's method
 */
export function afterAnswer(screen, answer) {
    return {
        card: answer.card || (answer.people ? null : screen.card),
        people: answer.people || null,
        hasMore: Boolean(answer.has_more),
        scanned: answer.scanned || [],
        notice: answer.notice || null,
        undo: answer.undo || null,
    };
}

/**
 * The screen after a scan: what could not be read leaves no card of somebody else open beside it.
 *
 * @param {Object} answer of `desk_scan`
 */
export function afterScan(answer) {
    return afterAnswer(emptyScreen(), answer);
}

/** The sections of a screen, with what was scanned first, and each offer once. */
export function sectionsOf(screen) {
    const {scanned, card} = screen;
    const first = new Set(scanned.map((offer) => offer.key));
    const sections = (card ? card.sections : [])
        .map((section) => ({
            ...section,
            offers: section.offers.filter((offer) => !first.has(offer.key)),
        }))
        .filter((section) => section.offers.length || section.empty);
    const top = {key: "scanned", title: "", icon: "fa-qrcode", offers: scanned};
    return scanned.length ? [top, ...sections] : sections;
}

/** Everything that can be pressed on a screen, in reading order. */
export function offersOf(screen) {
    return sectionsOf(screen).flatMap((section) => section.offers);
}
