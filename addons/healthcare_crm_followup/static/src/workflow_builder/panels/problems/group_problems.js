/**
 * Return problems by the step they are in, in the order of the steps; those of the whole workflow
 * first.
 *
 * @param {{step: string|false, section: string}[]} problems
 * @param {{steps: Object}} doc
 * @returns {{step: string|false, section: string, problems: Object[]}[]}
 */
export function groupProblems(problems, doc) {
    const order = ["starts", "rules", "steps", ...Object.keys(doc.steps)];
    const groups = new Map();
    for (const problem of problems) {
        const place = problem.step || problem.section;
        if (!groups.has(place)) {
            const {step, section} = problem;
            groups.set(place, {place, step, section, problems: []});
        }
        groups.get(place).problems.push(problem);
    }
    return [...groups.values()].sort((a, b) => order.indexOf(a.place) - order.indexOf(b.place));
}
