"""Codes of ICD-10: how they are written, and which chapter they belong to."""

import re

#: a category of the WHO's, or of its clinical modifications (C7A, M1A), and what follows the dot
CODE = re.compile(r'[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?')
#: number of the chapter → its last category, in order
CHAPTERS = {
    '01': 'B99',
    '02': 'D49',
    '03': 'D89',
    '04': 'E99',
    '05': 'F99',
    '06': 'G99',
    '07': 'H59',
    '08': 'H95',
    '09': 'I99',
    '10': 'J99',
    '11': 'K99',
    '12': 'L99',
    '13': 'M99',
    '14': 'N99',
    '15': 'O99',
    '16': 'P99',
    '17': 'Q99',
    '18': 'R99',
    '19': 'T98',
    '20': 'Y98',
    '21': 'Z99',
    '22': 'U99',
}


def normalised(code):
    """Return ``code`` as ICD-10 writes it: in capitals, with a dot after the category.

    >>> normalised(' e119 ')
    'E11.9'
    """
    code = ''.join((code or '').split()).upper().removesuffix('.')
    dotted = f'{code[:3]}.{code[3:]}'
    return dotted if '.' not in code and is_code(dotted) else code


def is_code(code):
    """Return whether ``code`` is written as a code of ICD-10 is.

    >>> is_code('E11.9'), is_code('diabetes')
    (True, False)
    """
    return bool(CODE.fullmatch(code))


def chapter(code):
    """Return the number of the chapter of a code, ``None`` for what no chapter has.

    >>> chapter('E11.9')
    '04'
    """
    if not is_code(code):
        return None
    # a letter in the third place, as in O9A, stands between two numbers
    category = code[:2] + ('9' if code[2].isalpha() else code[2])
    if category[0] == 'U':
        return '22'
    return next((number for number, last in CHAPTERS.items() if category <= last), None)
