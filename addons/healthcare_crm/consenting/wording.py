"""The exact words of a consent form, and their fingerprint."""

import hashlib
import unicodedata


def clean(text):
    """Return ``text`` as it is kept: one spelling of each letter, one kind of line end, nothing
    that cannot be seen at the ends of lines.

    >>> clean('  Tie\\u0302\\u0301ng \\r\\n\\r\\n')
    'Ti\\u1ebfng'
    """
    text = unicodedata.normalize('NFC', (text or '').replace('\r\n', '\n').replace('\r', '\n'))
    kept = ''.join(one for one in text if one == '\n' or unicodedata.category(one)[0] != 'C')
    return '\n'.join(line.rstrip() for line in kept.split('\n')).strip()


def compose(title, body, statement, items):
    """Return all that is put before a person as one text: what they agree to, to the letter.

    :param items: ``[{'purpose', 'description', 'retention', 'channels': [[code, label]]}]``
    """
    parts = [title, body, statement]
    for item in items:
        parts.append(
            '\n'.join(
                [
                    item['purpose'],
                    item['description'],
                    item['retention'],
                    *(f'[ ] {label} ({code})' for code, label in item['channels']),
                ]
            )
        )
    return '\n\n'.join(clean(part) for part in parts)


def fingerprint(words):
    """Return the SHA-256 of ``words``, in hexadecimal."""
    return hashlib.sha256(words.encode()).hexdigest()


def blocks(body):
    """Return ``[(kind, text)]`` of a body: ``heading``, ``item`` or ``paragraph``.

    Words only, never markup: what is typed is what is seen, on the screen and on paper.

    >>> blocks('# Who\\nA clinic\\nin Taipei.\\n- one')
    [('heading', 'Who'), ('paragraph', 'A clinic in Taipei.'), ('item', 'one')]
    """
    found, lines = [], []

    def end_paragraph():
        if lines:
            found.append(('paragraph', ' '.join(lines)))
            lines.clear()

    for line in (body or '').split('\n'):
        text = line.strip()
        for sign, kind in (('# ', 'heading'), ('- ', 'item')):
            if text.startswith(sign):
                end_paragraph()
                found.append((kind, text[len(sign) :].strip()))
                break
        else:
            if text:
                lines.append(text)
            else:
                end_paragraph()
    end_paragraph()
    return found
