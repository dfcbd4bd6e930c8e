# Part of Healthcare CRM for Odoo. License LGPL-3.
"""One spelling for what people write in many ways. Text in, text out; nothing here fails.

Every function is idempotent where its result is text: what is normalised stays as it is.
"""

import re
import unicodedata
from functools import cache, lru_cache

import opencc
from pypinyin import Style, lazy_pinyin

from .vocabulary import (
    COMPOUND_FAMILY_NAMES,
    FAMILY_FIRST,
    FAMILY_READINGS,
    STREET_KINDS,
    STREET_WORDS,
    TITLES,
    VIETNAMESE_FAMILY_NAMES,
    VIETNAMESE_MIDDLE_NAMES,
)

#: Letters that no decomposition takes apart.
_LETTERS = str.maketrans(
    {'đ': 'd', 'ð': 'd', 'ø': 'o', 'ł': 'l', 'æ': 'ae', 'œ': 'oe', 'ı': 'i', 'þ': 'th', 'ħ': 'h'}
)
#: Marks over and under Latin letters, Arabic vowels, Hebrew points: all are left out in haste.
_MARKS = re.compile('[\u0300-\u036f\u064b-\u065f\u0670\u0591-\u05bd]')
_HAN = re.compile('[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]')
_NUMBERS = re.compile('[0-9]+')
_HAN_DIGITS = str.maketrans('零〇一二三四五六七八九', '00123456789')
#: What follows the house number, and what only says of a number what it is.
_HAN_FLOOR = re.compile('(?<=号).*')
_HAN_PARTS = re.compile('[段巷弄号楼室邻]')
#: Town and district before the street, which have fields of their own.
_HAN_TOWN = re.compile('^(?:[^路街道]{1,3}[市县省])?(?:[^路街道]{1,3}[区乡镇市])?(?=.)')
_LATIN_TOWN = re.compile(r'(?<=.)\b[a-z]+ (?:district|dist|township|city)\b.*')
_HAN_NUMBER = re.compile('([零〇一二三四五六七八九十百]+)(?=[段巷弄号楼室邻组村栋座])')
#: Letters and digits; everything else (signs, emoji, control characters) parts words.
_WORDS = re.compile(r'[^\W_]+')
#: Signs inside a name that part nothing: O'Brien, Hsiao-ming.
_INSIDE = re.compile(r"(?<=\w)['’ʼ`´‘·‧・\-‐‑–]+(?=\w)")


@cache
def _converter():
    return opencc.OpenCC('t2s')


@lru_cache(maxsize=1 << 16)
def fold(text):
    """Return text in one width, case and Chinese script, its words parted by single spaces.

    >>> fold(" ＷＡＮＧ　小明 "), fold("陳曉東")
    ('wang 小明', '陈晓东')
    """
    if text.isascii():
        return ' '.join(_WORDS.findall(text.lower()))
    text = unicodedata.normalize('NFKC', text).casefold()
    if _HAN.search(text):
        text = _converter().convert(text)
    # composed last: what two letters become when they are put together counts as well
    text = unicodedata.normalize('NFKC', text)
    return ' '.join(text.translate(_LETTERS_ONLY).split())


class _Letters(dict):
    """For ``str.translate``: letters, marks and digits stay, anything else parts words."""

    def __missing__(self, sign):
        kind = unicodedata.category(chr(sign))
        # Cf is invisible: joiners, direction of writing
        kept = sign if kind[0] in 'LMN' else None if kind == 'Cf' else ' '
        if len(self) < 1 << 16:
            self[sign] = kept
        return kept


_LETTERS_ONLY = _Letters()


@cache
def _syllable(sign):
    """Return the pinyin of one Chinese character, ``ü`` written as ``u``."""
    return lazy_pinyin(sign, style=Style.NORMAL)[0].replace('v', 'u').replace('ü', 'u')


@lru_cache(maxsize=1 << 16)
def latin(text):
    """Return folded text in plain Latin letters, as far as it can be written so.

    >>> latin("nguyễn văn đức"), latin("小明")
    ('nguyen van duc', 'xiaoming')
    """
    if text.isascii():
        return text
    text = ''.join(_syllable(c) if _HAN.match(c) else c for c in text).casefold()
    text = _MARKS.sub('', unicodedata.normalize('NFD', text)).translate(_LETTERS)
    return unicodedata.normalize('NFC', text)


def has_han(text):
    return not text.isascii() and bool(_HAN.search(text))


@lru_cache(maxsize=1 << 16)
def family_latin(family):
    """Return a folded family name in Latin letters; in family names some characters read otherwise.

    >>> family_latin("曾"), latin("曾")
    ('zeng', 'ceng')
    """
    return FAMILY_READINGS.get(family) or latin(family).replace(' ', '')


# -- Names ------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 16)
def name_parts(name):
    """Return ``(family, given)``, folded and without spaces, of a full name as it was typed.

    Chinese names begin with the family name, one character or a compound one; Vietnamese ones, and
    Chinese ones in Latin letters, mostly do; other names end with it.

    >>> name_parts("歐陽小明"), name_parts("Dr. Anna Berg"), name_parts("Nguyễn Thị Lan")
    (('欧阳', '小明'), ('berg', 'anna'), ('nguyễn', 'lan'))
    """
    before, comma, after = name.replace('，', ',').partition(',')
    words = _words(before) + _words(after)
    if han := ''.join(word for word in words if has_han(word)):
        return _han_parts(han)
    if len(words) < 2:
        return '', ''.join(words)
    if comma and _words(before) and _words(after):
        return _without_middle(''.join(_words(before)), _words(after))
    first, last = latin(words[0]), latin(words[-1])
    if first in FAMILY_FIRST and (first in VIETNAMESE_FAMILY_NAMES or last not in FAMILY_FIRST):
        return _without_middle(words[0], words[1:])
    return _without_middle(words[-1], words[:-1])


def family_and_given(family, given):
    """Return what :func:`name_parts` does of a name whose parts are known."""
    family, given = _words(family), _words(given)
    return _without_middle(''.join(family), given)


def _words(text):
    """Return the folded words of a name without titles."""
    words = fold(_INSIDE.sub('', text)).split()
    if len(words) > 1 or (words and has_han(words[0])):
        words = [_without_title(word) for word in words if word not in TITLES]
    return words


def _without_title(word):
    if has_han(word):
        for title in TITLES:
            if word.endswith(title) and len(word) > len(title) and has_han(title):
                return word[: -len(title)]
    return word


def _han_parts(name):
    if len(name) < 2:
        return '', name
    cut = 2 if len(name) > 2 and name[:2] in COMPOUND_FAMILY_NAMES else 1
    return name[:cut], name[cut:]


def _without_middle(family, given):
    """Leave out the Vietnamese middle names that only tell men from women, often not written."""
    if len(given) > 1 and latin(family) in VIETNAMESE_FAMILY_NAMES:
        given = [word for word in given if latin(word) not in VIETNAMESE_MIDDLE_NAMES] or given
    return family, ''.join(given)


@lru_cache(maxsize=1 << 16)
def sound(text):
    """Return how Latin text begins to a hasty ear: its first sound and the next consonants.

    >>> sound("katherine"), sound("catharina"), sound("xiaoming")
    ('ktrn', 'ktrn', 'smn')
    """
    for written, heard in _SOUNDS:
        text = text.replace(written, heard)
    text = text[:1] + _VOWELS.sub('', text[1:])
    return _TWICE.sub(r'\1', text)[:4]


_SOUNDS = (
    *(('ph', 'f'), ('gh', 'g'), ('ck', 'k'), ('ch', 'k'), ('sh', 's'), ('zh', 'z'), ('th', 't')),
    *(('ng', 'n'), ('x', 's'), ('c', 'k'), ('q', 'k'), ('z', 's'), ('v', 'f'), ('w', 'f')),
    *(('j', 'g'), ('y', 'i'), ('d', 't'), ('b', 'p')),
)
_VOWELS = re.compile('[aeiouhy ]')
_TWICE = re.compile(r'(.)\1+')


# -- Other fields ------------------------------------------------------------------------------


def phone(text):
    """Return the last nine digits of a phone number: what is left of it in any way of writing.

    >>> phone("+886 912-345-678") == phone("0912 345 678") == '912345678'
    True
    """
    digits = ''.join(_NUMBERS.findall(_plain(text)))
    digits = digits.lstrip('0')[-9:]
    return digits if len(digits) > 5 and len(set(digits)) > 1 else ''


def birth_date(text):
    """Return eight digits, or nothing for no date and for the years that stand for "unknown".

    >>> birth_date("1980-01-31"), birth_date("0001-01-01"), birth_date("1980/1/3")
    ('19800131', '', '19800103')
    """
    numbers = _NUMBERS.findall(_plain(text)[:20])
    digits = ''.join(number.zfill(2) for number in numbers[:3])
    return digits if len(digits) == 8 and digits[0] in '12' and digits[0:4] != '1000' else ''


def email(text):
    text = _plain(text).strip().casefold()
    return text if '@' in text.strip('@') else ''


@lru_cache(maxsize=1 << 14)
def place(text):
    """Return a town in Latin letters without what only says that it is one."""
    text = latin(fold(text.replace('台', '臺')) if '台' in text else fold(text))
    return text.replace(' ', '')


def code(text):
    """Return a postcode or an identifier: its letters and digits.

    >>> code(" a123-456 789")
    'a123456789'
    """
    return ''.join(_WORDS.findall(_plain(text).casefold()))


def street(text):
    """Return ``(words, numbers)`` of an address.

    >>> street("6 Tullaroop St., Willaroo"), street("中山北路二段39巷11號")
    (('tullaroop willaroo', '6'), ('中山北路', '2 39 11'))
    """
    text = fold(text)
    han = has_han(text)
    if han:
        text = _HAN_NUMBER.sub(lambda found: _han_number(found[1]), text)
        text = _HAN_FLOOR.sub('', text)
    elif not text.isascii():
        text = latin(text)
    text = _LATIN_TOWN.sub('', text)
    numbers = ' '.join(number.lstrip('0') for number in _NUMBERS.findall(text))
    words = [STREET_WORDS.get(word, word) for word in _NUMBERS.sub(' ', text).split()]
    words = [word for word in words if word not in STREET_KINDS] or words
    if han:
        return _HAN_PARTS.sub('', _HAN_TOWN.sub('', ''.join(words))), numbers
    return ' '.join(words), numbers


def _han_number(text):
    """Return a Chinese number below a thousand in digits."""
    total, digit = 0, 0
    for sign in text.translate(_HAN_DIGITS):
        if sign in '十百':
            total += (digit or 1) * (10 if sign == '十' else 100)
            digit = 0
        else:
            digit = digit * 10 + int(sign)
    return str(total + digit)


def _plain(text):
    return text if text.isascii() else unicodedata.normalize('NFKC', text)
