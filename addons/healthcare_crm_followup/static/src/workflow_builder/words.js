import {_t} from "@web/core/l10n/translation";
import {START, readingOrder} from "./document";
import {comingTo} from "./walk";

/** What a screen reader says of each card: {key: text}, that of the start included. */
export function labelsOf(doc, canvas, outcomesOf) {
    const order = readingOrder(doc);
    const kinds = Object.fromEntries(canvas.kinds.map(({kind, label}) => [kind, label]));
    const nameOf = (key) => (key === START ? _t("Start") : doc.steps[key].name);
    const labels = {[START]: startLabel(doc, canvas)};
    order.forEach((key, index) => {
        const step = doc.steps[key];
        const outcomes = Object.fromEntries(outcomesOf(key));
        const before = comingTo(doc, key).map((other) =>
            cameFrom(doc, other, key, nameOf, outcomesOf),
        );
        const after = Object.entries(step.next).flatMap(([code, targets]) =>
            targets
                .filter((to) => doc.steps[to])
                .map((to) =>
                    _t("%(step)s on “%(outcome)s”", {
                        step: nameOf(to),
                        outcome: outcomes[code] || code,
                    }),
                ),
        );
        labels[key] = [
            _t("Step %(number)s of %(total)s, %(kind)s: %(name)s.", {
                number: index + 1,
                total: order.length,
                kind: kinds[step.kind] || step.kind,
                name: step.name,
            }),
            before.length ? _t("Comes after %s.", before.join(", ")) : _t("Nothing leads here."),
            after.length ? _t("Leads to %s.", after.join(", ")) : "",
            problemWords(canvas.problems.filter((problem) => problem.step === key)),
        ]
            .filter(Boolean)
            .join(" ");
    });
    return labels;
}

function startLabel(doc, canvas) {
    const summary = canvas.trigger_summary || _t("Nothing starts this workflow yet");
    const first = doc.steps[doc.start];
    return first
        ? _t("Start: %(summary)s. Leads to %(step)s.", {summary, step: first.name})
        : _t("Start: %s.", summary);
}

function cameFrom(doc, other, key, nameOf, outcomesOf) {
    if (other === START) {
        return nameOf(START);
    }
    const [code] = Object.entries(doc.steps[other].next).find(([, to]) => to.includes(key));
    const label = outcomesOf(other).find(([one]) => one === code)?.[1] || code;
    return _t("%(step)s on “%(outcome)s”", {step: nameOf(other), outcome: label});
}

/** "One problem: …" */
export function problemWords(problems) {
    if (!problems.length) {
        return "";
    }
    const texts = problems.map(({text}) => text).join(" ");
    return problems.length === 1
        ? _t("One problem: %s", texts)
        : _t("%(number)s problems: %(texts)s", {number: problems.length, texts});
}
