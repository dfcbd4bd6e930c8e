/** How many findings there are of each status. */
export function countsOf(findings) {
    const counts = {danger: 0, warning: 0, success: 0};
    for (const {status} of findings) {
        counts[status]++;
    }
    return counts;
}

const STATUSES = ["danger", "warning", "success"];

/** The findings in the order in which they need somebody. */
export function worstFirst(findings) {
    return [...findings].sort(
        (one, other) => STATUSES.indexOf(one.status) - STATUSES.indexOf(other.status),
    );
}
