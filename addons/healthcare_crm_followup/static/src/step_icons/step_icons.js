/** How each kind of step is drawn; the words come from the server. */
const ICONS = {
    start: "fa-play",
    message: "fa-envelope-o",
    care_task: "fa-check-square-o",
    survey: "fa-list-alt",
    action: "fa-bolt",
    wait: "fa-clock-o",
    branch: "fa-code-fork",
    split: "fa-random",
    join: "fa-compress",
    goto: "fa-repeat",
    workflow: "fa-sitemap",
    end: "fa-stop-circle-o",
};

export function iconOf(kind, values = {}) {
    return kind === "care_task" && values.type === "call" ? "fa-phone" : ICONS[kind] || "fa-cube";
}
