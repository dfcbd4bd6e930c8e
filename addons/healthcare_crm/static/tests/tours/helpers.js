import {delay} from "@odoo/hoot-dom";

/** A step that has the test take a picture of the page as it is, once `trigger` is on it. */
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
