import {delay} from "@odoo/hoot-dom";

/**
 * A step that has the test take a picture of the page as it is; the test writes it where the
 * documentation wants it.
 *
 * @param {String} name file name without ending
 * @param {String} trigger what has to be on the page
 */
export function screenshot(name, trigger) {
    return {
        content: `Picture ${name}`,
        trigger,
        run: async ({anchor}) => {
            anchor.scrollIntoView({block: "center"});
            await delay(400);
            // eslint-disable-next-line no-console -- this is how a page speaks to the test
            console.log(`screenshot: ${name}`);
            await delay(900);
        },
    };
}

/** Choose the value `label` in a selection field of the dialog. */
export function choose(field, label) {
    return [
        {trigger: `.modal div[name=${field}] input`, run: "click"},
        {trigger: `.o_select_menu_item:contains(/^${label}$/)`, run: "click"},
    ];
}

/**
 * Open a group of a list, again if the list was still being grouped: it then closes what it shows.
 *
 * @param {String} name of the group
 * @param {String} inside name of a group that it holds
 */
export function openGroup(name, inside) {
    const named = (text) =>
        [...document.querySelectorAll(".o_group_header")].find((row) =>
            row.textContent.includes(text),
        );
    return {
        content: `Open ${name}`,
        trigger: `.o_group_header:contains(${name})`,
        run: async () => {
            for (let left = 10; left && !named(inside); left--) {
                named(name)?.click();
                await delay(800);
            }
        },
    };
}
