"""What the answer to a question of a form means for the record. Pure."""

import re

#: More of one answer is not kept, and nobody has as many allergies.
MAX_ROWS = 20
MAX_ROW = 100
_BREAKS = re.compile(r'[\n,;、，；]+')
#: "Nothing", as people write it who are asked what they have.
_NOTHING = re.compile(
    r"""(?:
        no|none|nothing|nil|n/?a|-+|no\ (?:known\ )?(?:allerg(?:y|ies)|conditions?|diseases?)
      | 無|沒有|没有|无|否|不知道|無過敏|无过敏
      | không|không\ có|không\ bị|ko
    )[.。!]?""",
    re.IGNORECASE | re.VERBOSE,
)


def rows(text):
    """Return the things that a free answer names, one each; none where it says that there are
    none."""
    found = {}
    for part in _BREAKS.split(text or ''):
        words = ' '.join(part.split())[:MAX_ROW].strip(' .。')
        if words and not _NOTHING.fullmatch(words):
            found.setdefault(words.casefold(), words)
    return list(found.values())[:MAX_ROWS]


def same(one, other):
    """Say whether two answers differ in nothing but how they are written."""
    return ' '.join(str(one).split()).casefold() == ' '.join(str(other).split()).casefold()
