/** A longer text is compared as a whole: the table below grows with the square. */
const LONGEST = 200;

/**
 * Return both texts in pieces, each marked whether the other one has it too. Pure.
 *
 * Letters are compared without regard to case and accents: who reads the result looks for what was
 * typed wrong, not for capitals.
 *
 * @param {String} one
 * @param {String} other
 * @returns {[Array<{text: String, same: Boolean}>, Array<{text: String, same: Boolean}>]}
 */
export function compareTexts(one, other) {
    const [a, b] = [[...one], [...other]];
    if (!a.length || !b.length || a.length > LONGEST || b.length > LONGEST) {
        const same = one === other;
        return [piecesOf(a, () => same), piecesOf(b, () => same)];
    }
    const common = commonOf(a.map(folded), b.map(folded));
    if (common[0].size * 2 < Math.max(a.length, b.length)) {
        // two different texts: that they share a letter here and there says nothing
        return [piecesOf(a, () => false), piecesOf(b, () => false)];
    }
    return [
        piecesOf(a, (index) => common[0].has(index)),
        piecesOf(b, (index) => common[1].has(index)),
    ];
}

/** Combining accents do not count, and neither does case. */
function folded(letter) {
    return letter.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase() || letter;
}

/** The longest common subsequence, as two sets of indices. */
function commonOf(a, b) {
    const width = b.length + 1;
    const lengths = new Uint16Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i--) {
        for (let j = b.length - 1; j >= 0; j--) {
            lengths[i * width + j] =
                a[i] === b[j]
                    ? lengths[(i + 1) * width + j + 1] + 1
                    : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
        }
    }
    const found = [new Set(), new Set()];
    let [i, j] = [0, 0];
    while (i < a.length && j < b.length) {
        if (a[i] === b[j]) {
            found[0].add(i++);
            found[1].add(j++);
        } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
            i++;
        } else {
            j++;
        }
    }
    return found;
}

/** Join neighbours that are alike. */
function piecesOf(letters, isSame) {
    const pieces = [];
    letters.forEach((letter, index) => {
        const same = isSame(index);
        const last = pieces[pieces.length - 1];
        if (last && last.same === same) {
            last.text += letter;
        } else {
            pieces.push({text: letter, same});
        }
    });
    return pieces;
}
