"""By what a patient is recognised in text, and how that looks where text is written otherwise."""

import base64
import html
import io
import json
import re
import urllib.parse
import zipfile

#: shorter ones are in half of all texts
SHORTEST = 4
SHORTEST_IDEOGRAPHIC = 3
SHORTEST_BASE64 = 8
#: of a number without its country: enough to be known by
LOCAL_DIGITS = 9
LETTERS = r'A-Za-z0-9\u00c0-\u024f\u1e00-\u1eff'
ENCODINGS = ('utf-8', 'utf-16-le', 'big5', 'gb18030')


def usable(text):
    """Tell whether a text is long enough to be a marker.

    >>> usable('An'), usable('陳怡君'), usable('Nguyễn Văn An')
    (False, True, True)
    """
    text = (text or '').strip()
    ideographs = any('\u2e80' <= sign <= '\uffdc' for sign in text)
    return len(text) >= (SHORTEST_IDEOGRAPHIC if ideographs else SHORTEST)


def phone_forms(phone):
    """Return how a number is written: as it is, in digits, and without its country.

    >>> sorted(phone_forms('+886 912 345 678'))
    ['+886 912 345 678', '0912345678', '886912345678', '912345678']
    """
    digits = re.sub(r'\D+', '', phone or '')
    if len(digits) < LOCAL_DIGITS:
        return set()
    return {phone, digits, digits[-LOCAL_DIGITS:], f'0{digits[-LOCAL_DIGITS:]}'}


def spellings(marker):
    """Return a marker as it is, and as JSON, HTML and addresses of pages have it.

    >>> sorted(spellings('Ann & Co'))
    ['Ann %26 Co', 'Ann & Co', 'Ann &amp; Co', 'Ann%20%26%20Co', 'Ann+%26+Co']
    """
    return {
        marker,
        json.dumps(marker)[1:-1],
        json.dumps(marker, ensure_ascii=False)[1:-1],
        html.escape(marker),
        urllib.parse.quote(marker),
        urllib.parse.quote(marker, safe=' '),
        urllib.parse.quote_plus(marker),
    }


def pattern_of(markers):
    """Return a regular expression that finds the markers in any spelling, as whole words.

    >>> found = pattern_of(['Văn An', '陳怡君'])
    >>> [bool(found.search(text)) for text in ('văn an!', 'Văn Anh', '致陳怡君您好')]
    [True, False, True]
    """
    forms = sorted({form for marker in markers for form in spellings(marker)}, key=len)
    parts = []
    for form in reversed(forms):
        before = f'(?<![{LETTERS}])' if re.match(f'[{LETTERS}]', form) else ''
        after = f'(?![{LETTERS}])' if re.search(f'[{LETTERS}]$', form) else ''
        parts.append(before + re.escape(form) + after)
    return re.compile('|'.join(parts), re.IGNORECASE)


def like_patterns(markers):
    """Return patterns of LIKE by which a database finds what may quote a marker."""
    forms = {form for marker in markers for form in spellings(marker)}
    forms |= {form.lower() for form in forms}
    return ['%' + re.sub(r'([\\%_])', r'\\\1', form) + '%' for form in sorted(forms)]


def byte_forms(markers):
    """Return how markers look among bytes: in the usual encodings, and in base64.

    >>> import base64
    >>> forms = byte_forms(['Zebulon'])
    >>> b'Zebulon' in forms
    True
    >>> [any(form in base64.b64encode(b'x' * n + b'Zebulon!') for form in forms) for n in range(3)]
    [True, True, True]
    """
    forms = set()
    for form in {form for marker in markers for form in spellings(marker)}:
        for encoding in ENCODINGS:
            try:
                forms.add(form.encode(encoding))
            except UnicodeEncodeError:
                continue
    cores = {_base64_core(form, before) for form in forms for before in range(3)}
    return forms | {core for core in cores if len(core) >= SHORTEST_BASE64}


def _base64_core(form, before):
    """Return the signs of base64 that a form has after so many other bytes, whatever follows."""
    signs = base64.b64encode(b' ' * before + form)
    return signs[(before * 8 + 5) // 6 : (before + len(form)) * 8 // 6]


def contains(content, markers):
    """Tell whether a file quotes a marker, in one of the usual encodings.

    >>> contains('電話 陳怡君'.encode('big5'), ['陳怡君'])
    True
    """
    for form in {form for marker in markers for form in spellings(marker)}:
        for encoding in ENCODINGS:
            try:
                if form.encode(encoding) in content:
                    return True
            except UnicodeEncodeError:
                continue
    return False


def file_contains(content, markers):
    """Tell whether a file quotes a marker, looking into spreadsheets, which are archives."""
    if not content.startswith(b'PK'):
        return contains(content, markers)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(contains(archive.read(name), markers) for name in archive.namelist())
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return contains(content, markers)
