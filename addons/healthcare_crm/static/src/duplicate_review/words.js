import {_t} from "@web/core/l10n/translation";

/** How sure is sure, from the most certain on: nobody reads 0.973 as a chance. */
const CERTAINTIES = [
    [0.99, _t("Almost certainly the same person"), "fa-user-circle", "danger"],
    [0.9, _t("Very likely the same person"), "fa-user-circle-o", "danger"],
    [0.6, _t("Probably the same person"), "fa-user-o", "warning"],
    [0.3, _t("Perhaps the same person"), "fa-question-circle", "warning"],
    [-1, _t("Probably two different people"), "fa-users", "info"],
];

const RULES = {
    same_verified_id: _t("A number that has been checked is the same in both records."),
    different_verified_id: _t("A number that has been checked differs: these are two people."),
    same_id: _t("The same number was entered in both records."),
};

/** level of a comparison -> its word, icon and colour */
const LEVELS = {
    same: {word: _t("Same"), icon: "fa-check", tone: "success"},
    close: {word: _t("Close"), icon: "fa-adjust", tone: "warning"},
    different: {word: _t("Different"), icon: "fa-times", tone: "danger"},
    partly: {word: _t("Partly the same"), icon: "fa-adjust", tone: "warning"},
    missing: {word: _t("Missing"), icon: "fa-minus", tone: "secondary"},
};

/** What somebody is still asked about is never almost certain. */
const MOST_TO_REVIEW = 0.98;

/**
 * @param {Number} probability 0 to 1
 * @param {String} zone `link` for who is linked without a question, else `review`
 * @returns {{text: String, icon: String, tone: String}}
 */
export function certaintyOf(probability, zone) {
    const sure = zone === "link" ? 1 : Math.min(probability, MOST_TO_REVIEW);
    const [, text, icon, tone] = CERTAINTIES.find(([least]) => sure >= least);
    return {text, icon, tone};
}

/** @returns {String} the sentence about a rule, empty for one that has none */
export function sentenceOfRule(rule) {
    return RULES[rule] || "";
}

/** @returns {{word: String, icon: String, tone: String}} of a level; of a finer one, of close ones */
export function levelOf(level) {
    return LEVELS[level] || (level === "shared" ? LEVELS.same : LEVELS.close);
}

/**
 * What speaks for and against one person, the weightiest first; what says nothing is left out.
 *
 * @param {Array<{field: String, label: String, level: String, weight: Number}>} evidence
 */
export function argumentsOf(evidence) {
    return evidence
        .filter((one) => one.level !== "missing" && Math.abs(one.weight) >= 0.5)
        .map((one) => ({...one, isFor: one.weight > 0, ...levelOf(one.level)}))
        .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

/** @returns {String} up to two letters for who has no photo */
export function initialsOf(name) {
    const words = name.trim().split(/\s+/).filter(Boolean);
    const last = words.length > 1 ? words[words.length - 1] : "";
    return [words[0] || "", last]
        .map((word) => [...word][0] || "")
        .join("")
        .toUpperCase();
}
