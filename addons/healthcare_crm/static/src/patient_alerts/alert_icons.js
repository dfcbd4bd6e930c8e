const ICONS = {
    interpreter: "fa-language",
    mobility: "fa-wheelchair",
    hearing: "fa-deaf",
    vision: "fa-low-vision",
    white_coat: "fa-heartbeat",
    needle_fear: "fa-eyedropper",
    fainting: "fa-bed",
    anxiety: "fa-frown-o",
    infection: "fa-shield",
    other: "fa-bell",
};

/** Return the class of the icon of an alert, or of an allergy. */
export function iconOf(kind, isAllergy = false) {
    return isAllergy ? "fa-exclamation-triangle" : ICONS[kind] || ICONS.other;
}
