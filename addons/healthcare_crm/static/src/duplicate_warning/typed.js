/** Fields of the form by which patients are compared. */
export const COMPARED = [
    "name",
    "birth_date",
    "gender",
    "phone",
    "email",
    "street",
    "city",
    "zip",
    "state_id",
    "country_id",
];

/** What is taken over where the patient who is there already has nothing. */
const TAKEN_OVER = [
    "birth_date",
    "gender",
    "phone",
    "email",
    "street",
    "city",
    "zip",
    "state_id",
    "country_id",
];

/** Return a value of a record as the server takes it. */
function plainOf(value) {
    if (value && typeof value.toISODate === "function") {
        return value.toISODate();
    }
    return value && typeof value === "object" ? value.id || false : value || false;
}

/**
 * What a form has so far, as `match_candidates` takes it. Pure.
 *
 * @param {Object} data of the record; luxon dates and many2one values as the web client has them
 * @param {Array<{system_id: Object, value: String}>} identifiers
 */
export function typedOf(data, identifiers = []) {
    const typed = {};
    for (const name of COMPARED) {
        const value = plainOf(data[name]);
        if (value) {
            typed[name] = value;
        }
    }
    const numbers = identifiers
        .map((one) => [plainOf(one.system_id), one.value])
        .filter(([system, value]) => system && value);
    if (numbers.length) {
        typed.identifiers = numbers;
    }
    return typed;
}

/** Whether there is enough to look for somebody: a name, and one thing besides. Pure. */
export function isEnough(typed) {
    const isNamed = (typed.name || "").trim().length > 1;
    return Boolean(
        typed.identifiers || (isNamed && (typed.birth_date || typed.phone || typed.email)),
    );
}

/**
 * What was typed that the patient who is there already lacks. Pure.
 *
 * An address is taken as a whole or not at all: half of two addresses is none.
 *
 * @param {Object} typed the values of the form, as the web client has them
 * @param {Object} known the values of the patient
 * @returns {Object} field -> value
 */
export function missingOf(typed, known) {
    const address = ["street", "city", "zip", "state_id", "country_id"];
    const hasAddress = ["street", "city", "zip"].some((name) => plainOf(known[name]));
    const missing = {};
    for (const name of TAKEN_OVER) {
        if (address.includes(name) && hasAddress) {
            continue;
        }
        if (plainOf(typed[name]) && !plainOf(known[name])) {
            missing[name] = typed[name];
        }
    }
    return missing;
}
