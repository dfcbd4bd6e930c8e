import {useService} from "@web/core/utils/hooks";

/** Said on the bus of a patient's form when something was changed from the overview. */
export const PATIENT_CHANGED = "healthcare_patient_changed";

/**
 * Return the function that opens what a line or a button leads to.
 *
 * @returns {Function} ({action, method, title}, patientId, onChange): `action` is what opens, or
 *  what the patient's `method` returns; `onChange` is called when it is closed again
 */
export function useOpening() {
    const orm = useService("orm");
    const service = useService("action");
    return async ({action, method, title}, patientId, onChange) => {
        const opened =
            (action && {name: title, ...action}) ||
            (await orm.call("res.partner", method, [[patientId]]));
        if (opened?.type) {
            return service.doAction(opened, {onClose: onChange});
        }
        // it opens nothing: it has done something
        return onChange();
    };
}
