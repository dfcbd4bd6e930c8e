/** Whether a file that is fetched is Odoo's own export of a list. */
export function isExport({url}) {
    return /^\/web\/export\/(csv|xlsx)$/.test(url || "");
}

/** The model that such an export is of; false when it does not say. */
export function modelOf({data}) {
    try {
        return JSON.parse(data.data).model || false;
    } catch {
        return false;
    }
}
