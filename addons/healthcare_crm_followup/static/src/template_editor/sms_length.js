/** Characters a telephone network has in seven bits; those of the second list take two of them. */
const BASIC =
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ" +
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const DOUBLE = "\f^{}\\[~]|€";

/**
 * Return how long a text message is.
 *
 * @param {string} text
 * @returns {{characters: number, parts: number, left: number, isUnicode: boolean}} `parts` is what the
 *     provider counts, `left` how many characters the last part can still hold
 */
export function smsLength(text) {
    const isUnicode = [...text].some((char) => !BASIC.includes(char) && !DOUBLE.includes(char));
    // In UCS-2 a sign beyond the first plane, as most emoji, takes two
    const characters = isUnicode
        ? text.length
        : [...text].reduce((sum, char) => sum + (DOUBLE.includes(char) ? 2 : 1), 0);
    const [single, several] = isUnicode ? [70, 67] : [160, 153];
    const parts = characters > single ? Math.ceil(characters / several) : Math.min(characters, 1);
    const room = parts > 1 ? parts * several : single;
    return {characters, parts, left: room - characters, isUnicode};
}
