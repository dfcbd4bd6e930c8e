/**
 * The choices of each group, in the order in which they come.
 *
 * @param {{code: string, label: string, group: string}[]} choices
 * @returns {{name: string, choices: Object[], codes: string[]}[]}
 */
export function groupChoices(choices) {
    const groups = new Map();
    for (const choice of choices) {
        if (!groups.has(choice.group)) {
            groups.set(choice.group, {name: choice.group, choices: [], codes: []});
        }
        groups.get(choice.group).choices.push(choice);
        groups.get(choice.group).codes.push(choice.code);
    }
    return [...groups.values()];
}

/**
 * The chosen codes with some more or some less, always in the order of the choices.
 *
 * @param {string[]} chosen
 * @param {string[]} codes
 * @param {boolean} on
 * @param {string[]} order all codes there are
 * @returns {string[]}
 */
export function toggle(chosen, codes, on, order) {
    const result = new Set(chosen);
    for (const code of codes) {
        if (on) {
            result.add(code);
        } else {
            result.delete(code);
        }
    }
    return order.filter((code) => result.has(code));
}
