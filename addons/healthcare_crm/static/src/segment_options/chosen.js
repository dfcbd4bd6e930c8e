/** `chosen` with `code` if it was not there, without it if it was. */
export function toggled(chosen, code) {
    return chosen.includes(code) ? chosen.filter((other) => other !== code) : [...chosen, code];
}

/** The labels of what is chosen, in the order in which it is offered. */
export function chosenLabels(choices, chosen) {
    return choices.filter(([code]) => chosen.includes(code)).map(([, label]) => label);
}
