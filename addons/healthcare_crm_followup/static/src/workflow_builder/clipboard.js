import {browser} from "@web/core/browser/browser";

const FORMAT = "healthcare-workflow-steps";
const STORED = "healthcare_crm_followup.steps";

/**
 * Keep copied steps: for this browser, and for others where the page may write to the clipboard.
 *
 * @param {Object} clip as canvas_copy answers it
 */
export async function keepClip(clip) {
    const text = JSON.stringify(clip);
    try {
        browser.localStorage.setItem(STORED, text);
    } catch {
        // full or forbidden: the clipboard may still do
    }
    try {
        await browser.navigator.clipboard.writeText(text);
    } catch {
        // not allowed, or not over HTTPS: what is stored above does within this browser
    }
}

/** The steps that were copied last, or null; `text` is what a paste brings along, if anything. */
export async function recallClip(text = null) {
    return parse(text) || parse(await fromClipboard(text)) || parse(stored());
}

async function fromClipboard(text) {
    if (text !== null) {
        return null;
    }
    try {
        return await browser.navigator.clipboard.readText();
    } catch {
        return null;
    }
}

function stored() {
    try {
        return browser.localStorage.getItem(STORED);
    } catch {
        return null;
    }
}

function parse(text) {
    try {
        const clip = JSON.parse(text);
        return clip?.format === FORMAT ? clip : null;
    } catch {
        return null;
    }
}
