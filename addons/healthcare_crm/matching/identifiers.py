# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Whether the number on a document can be right, and what it tells about its holder.

A rule is a name: one of :data:`RULES`, or ``stdnum:`` and a module of python-stdnum, such as
``stdnum:us.ssn`` or ``stdnum:cn.ric``. Numbers are compared in one spelling, see :func:`normalise`.
"""

import re
import unicodedata
from importlib import import_module
from typing import NamedTuple

from stdnum import exceptions as stdnum_errors

STDNUM = 'stdnum:'
#: longer than any number on a document; what is longer is a paste that went wrong
MAX_LENGTH = 64

# The area that issued it, as two digits: I, O, W and Z came later, hence not in the order of the
# alphabet.
_AREAS = {letter: 10 + index for index, letter in enumerate('ABCDEFGHJKLMNPQRSTUVXYWZIO')}
_AREA_WEIGHTS = (1, 9)
_DIGIT_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 1, 1)

_PROVINCES = frozenset(
    '001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 '
    '036 037 038 040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 '
    '074 075 077 079 080 082 083 084 086 087 089 091 092 093 094 095 096'.split()
)
#: numbers from here on are countries: whoever was born abroad
_FIRST_COUNTRY = 100

_SEPARATORS = re.compile(r"[\s\-‐-―−./·_]+")
_STDNUM_MODULE = re.compile(r'[a-z]{2,}_?(\.[a-z][a-z0-9_]*)?')


class IdentifierError(ValueError):
    """A number that cannot be right: ``code`` says why, ``details`` what the sentence needs.

    :param str code: ``empty``, ``length``, ``characters``, ``check_digit``, ``area`` or ``rule``
    """

    def __init__(self, code, **details):
        super().__init__(code)
        self.code = code
        self.details = details


class Told(NamedTuple):
    """What a number tells about its holder; empty where it tells nothing."""

    gender: str = ''
    years: range = range(0)


def normalise(value):
    """Return the one spelling in which two people's numbers are compared.

    Full-width forms become usual ones, letters upper case; spaces, dots and dashes, marks of
    direction and other invisible characters go.
    """
    text = unicodedata.normalize('NFKC', value or '').upper()
    visible = ''.join(char for char in text if unicodedata.category(char) not in ('Cf', 'Cc', 'Cs'))
    # what stood apart may compose now: 'A ¨' becomes 'Ä'
    return unicodedata.normalize('NFKC', _SEPARATORS.sub('', visible))


def check(rule, value):
    """Return ``value`` in its one spelling.

    :raise IdentifierError: by ``rule`` it cannot be right
    """
    number = normalise(value)
    if not number:
        raise IdentifierError('empty')
    if len(number) > MAX_LENGTH:
        raise IdentifierError('length', length=f'1–{MAX_LENGTH}', found=len(number))
    if not rule:
        return number
    if rule.startswith(STDNUM):
        return _check_stdnum(rule[len(STDNUM) :], number)
    try:
        checker = RULES[rule]
    except KeyError:
        raise IdentifierError('rule', rule=rule) from None
    checker(number)
    return number


def is_rule(rule):
    """Say whether there is such a rule."""
    if rule.startswith(STDNUM):
        return bool(_get_stdnum(rule[len(STDNUM) :]))
    return rule in RULES


def tell(rule, number):
    """Return what a right number tells about its holder.

    :rtype: Told
    """
    if rule in (TW_NATIONAL, TW_ARC):
        return Told(gender=_TW_GENDERS.get(number[1:2], ''))
    if rule == VN_CCCD:
        century, gender = divmod(int(number[3]), 2)
        year = 1900 + 100 * century + int(number[4:6])
        return Told(('male', 'female')[gender], range(year, year + 1))
    if rule.startswith(STDNUM):
        return _tell_stdnum(rule[len(STDNUM) :], number)
    return Told()


def contradictions(rule, number, birth_date=None, gender=None):
    """Return which of ``birth_date`` and ``gender`` are not what a right number tells.

    A warning, not an error: documents are issued with mistakes, and people change.

    :param datetime.date birth_date: as far as known
    :param str gender: as far as known
    :rtype: list[str]
    """
    told = tell(rule, number)
    found = []
    if birth_date and told.years and birth_date.year not in told.years:
        found.append('birth_date')
    if gender in ('male', 'female') and told.gender and gender != told.gender:
        found.append('gender')
    return found


# ------------------------------------------------------------
# Taiwan
# ------------------------------------------------------------

_TW_GENDERS = {
    '1': 'male',
    '2': 'female',
    '8': 'male',
    '9': 'female',
    'A': 'male',
    'B': 'female',
    'C': 'male',
    'D': 'female',
}


def _check_tw_national(number):
    """Taiwan's national identification number (國民身分證統一編號).

    One letter for the area, 1 or 2 for the gender, eight digits of which the last is the check
    digit. The letter stands for two digits, A = 10 to Z = 33; all eleven digits weighted 1, 9, 8,
    7, 6, 5, 4, 3, 2, 1, 1 add up to a multiple of ten.

    Source: Ministry of the Interior, Department of Household Registration, 國民身分證統一編號配賦
    作業 and its table of letters; as in Wikipedia, "National identification card (Taiwan)".
    """
    _check_shape(number, r'[A-Z][0-9]{9}', 10, "A123456789")
    if number[1] not in '12':
        raise IdentifierError('characters', example="A123456789")
    _check_tw_sum(number, [int(digit) for digit in number[1:]])


def _check_tw_arc(number):
    """Taiwan's number of a resident without household registration (外來人口統一證號, UI number).

    Since 2 January 2021: as the national number, with 8 (male) or 9 (female) after the letter.
    Until then: two letters and eight digits. The second letter is A to D, gender and status; of its
    two digits the last alone counts, where the others have the digit for the gender.

    Source: National Immigration Agency, 新式外來人口統一證號 (in force from 2 January 2021),
    and its rule of the former number, 外來人口統一證號編碼原則.
    """
    _check_shape(number, r'[A-Z][A-Z0-9][0-9]{8}', 10, "A800000014")
    second = number[1]
    if second in '89':
        second = int(second)
    elif second in 'ABCD':
        second = _AREAS[second] % 10
    else:
        raise IdentifierError('characters', example="A800000014")
    _check_tw_sum(number, [second, *(int(digit) for digit in number[2:])])


def _check_tw_sum(number, digits):
    area = divmod(_AREAS[number[0]], 10)
    total = sum(
        digit * weight
        for digit, weight in zip((*area, *digits), (*_AREA_WEIGHTS, *_DIGIT_WEIGHTS), strict=True)
    )
    if total % 10:
        raise IdentifierError('check_digit')


def _check_tw_nhi(number):
    """Number printed on the card of Taiwan's national health insurance: twelve digits.

    Source: National Health Insurance Administration, 健保卡 (the card's face). No check digit is
    published.
    """
    _check_shape(number, r'[0-9]{12}', 12, "000012345678")


# ------------------------------------------------------------
# Vietnam
# ------------------------------------------------------------


def _check_vn_cccd(number):
    """Vietnam's personal identification number, on the citizen's card (căn cước công dân).

    Three digits for the province, or the country, of the registration of birth; one for century
    and gender (0 and 1 for men and women born in 1900–1999, 2 and 3 for 2000–2099, …); two for
    the year; six at random. There is no check digit.

    Source: Decree 137/2015/NĐ-CP, article 13, and Circular 59/2021/TT-BCA, article 4, with its
    tables of provinces and countries.
    """
    _check_shape(number, r'[0-9]{12}', 12, "001090012345")
    if number[:3] not in _PROVINCES and int(number[:3]) < _FIRST_COUNTRY:
        raise IdentifierError('area', area=number[:3])


def _check_vn_bhyt(number):
    """Number of Vietnam's health insurance card (thẻ bảo hiểm y tế).

    The ten digits of the social insurance number alone since 1 April 2021, before that with five
    characters for the kind of member and the province in front.

    Source: Decision 1666/QĐ-BHXH of 3 December 2020, Decision 1351/QĐ-BHXH of 16 November 2015.
    """
    if len(number) not in (10, 15):
        raise IdentifierError('length', length='10, 15', found=len(number))
    if not re.fullmatch(r'([A-Z]{2}[0-9]{3})?[0-9]{10}', number):
        raise IdentifierError('characters', example="0123456789")


# ------------------------------------------------------------
# Everywhere
# ------------------------------------------------------------


def _check_passport(number):
    """Number of a passport: letters and digits, nine as a rule.

    Source: ICAO Doc 9303, part 4: at most nine places in the machine-readable zone, where longer
    numbers go on in the place of optional data. The check digit there is not part of the number.
    """
    if not 5 <= len(number) <= 12:
        raise IdentifierError('length', length='5–12', found=len(number))
    if not re.fullmatch(r'[A-Z0-9]+', number) or not re.search(r'[0-9]', number):
        raise IdentifierError('characters', example="K12345678")


def _check_shape(number, pattern, length, example):
    if len(number) != length:
        raise IdentifierError('length', length=str(length), found=len(number))
    if not re.fullmatch(pattern, number):
        raise IdentifierError('characters', example=example)


TW_NATIONAL = 'tw_national'
TW_ARC = 'tw_arc'
VN_CCCD = 'vn_cccd'
RULES = {
    TW_NATIONAL: _check_tw_national,
    TW_ARC: _check_tw_arc,
    'tw_nhi': _check_tw_nhi,
    VN_CCCD: _check_vn_cccd,
    'vn_bhyt': _check_vn_bhyt,
    'passport': _check_passport,
}


# ------------------------------------------------------------
# Other countries: python-stdnum
# ------------------------------------------------------------


def _get_stdnum(name):
    """Return a module of python-stdnum that checks numbers, or None."""
    if not _STDNUM_MODULE.fullmatch(name):
        return None
    try:
        module = import_module(f'stdnum.{name}')
    except ImportError:
        return None
    return module if hasattr(module, 'validate') and hasattr(module, 'compact') else None


def _check_stdnum(name, number):
    module = _get_stdnum(name)
    if not module:
        raise IdentifierError('rule', rule=name)
    try:
        module.validate(number)
    except stdnum_errors.InvalidLength as error:
        raise IdentifierError('length', length='', found=len(number)) from error
    except stdnum_errors.InvalidChecksum as error:
        raise IdentifierError('check_digit') from error
    except stdnum_errors.InvalidFormat as error:
        raise IdentifierError('characters', example='') from error
    except stdnum_errors.ValidationError as error:
        raise IdentifierError('area', area='') from error
    # the spelling stays ours: some modules put dashes back, and two spellings are two numbers
    return number


def _tell_stdnum(name, number):
    module = _get_stdnum(name)
    birth_date = _ask(module, 'get_birth_date', number)
    gender = {'M': 'male', 'F': 'female'}.get(_ask(module, 'get_gender', number), '')
    years = range(birth_date.year, birth_date.year + 1) if birth_date else range(0)
    return Told(gender, years)


def _ask(module, function, number):
    try:
        return getattr(module, function)(number)
    except (AttributeError, ValueError, stdnum_errors.ValidationError):
        return None
