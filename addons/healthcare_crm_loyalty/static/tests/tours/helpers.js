/** Type into a many2one field, and take what is found and called like this. */
export const find = (field, text, name = text) => [
    {trigger: `.o_field_widget[name=${field}] input`, run: `edit ${text}`},
    {
        trigger: `.o_field_widget[name=${field}] .o-autocomplete--dropdown-item a:contains(${name})`,
        run: "click",
    },
];

const BOX = ".o_hc_scan input";

/** At the desk: what a scanner does, which is typing and Enter. */
export const scan = (text) => [
    {trigger: BOX, run: `edit ${text}`},
    {trigger: BOX, run: "press Enter"},
];

/** The balance on the desk's screen. */
export const balance = (points) => `.o_hc_balance:contains(/^${points} /)`;

/** Agree in the dialog that asks once more. */
export const agree = [
    {trigger: ".modal .modal-footer .btn-primary", run: "click"},
    {trigger: "body:not(:has(.modal))"},
];
