# Part of Healthcare CRM for Odoo. License LGPL-3.
"""A person as somebody wrote them down, and prepared to be compared."""

from typing import NamedTuple

from . import normalize
from .keys import blocking_keys


class Person(NamedTuple):
    """What is known of a person; anything may be missing.

    :param name: the full name as typed; where the parts are given they count instead
    :param birth_date: ISO 8601
    :param gender: any word, compared as it is
    :param identifiers: ``((system, value, verified), …)``
    """

    id: object
    name: str = ''
    given_name: str = ''
    family_name: str = ''
    birth_date: str = ''
    gender: str = ''
    phone: str = ''
    email: str = ''
    street: str = ''
    city: str = ''
    zip: str = ''
    state: str = ''
    country: str = ''
    identifiers: tuple = ()


class Prepared(NamedTuple):
    """A person in one spelling, with the keys under which others like them are found.

    ``*_written`` hold what the Latin letters do not tell: Chinese characters, diacritics.
    """

    id: object
    keys: tuple
    family: str
    given: str
    family_written: str
    given_written: str
    birth_date: str
    gender: str
    phone: str
    email: str
    street: str
    house: str
    city: str
    zip: str
    state: str
    identifiers: tuple


def prepare(person):
    """Return a :class:`Person` as :class:`Prepared`: each field normalised once."""
    if person.family_name or person.given_name:
        family, given = normalize.family_and_given(
            person.family_name or '', person.given_name or ''
        )
    else:
        family, given = normalize.name_parts(person.name or '')
    family_latin = normalize.family_latin(family)
    given_latin = normalize.latin(given)
    street, house = normalize.street(person.street or '')
    one = Prepared(
        id=person.id,
        keys=(),
        family=_beyond_a_letter(family_latin),
        given=_beyond_a_letter(given_latin),
        family_written=family if family != family_latin else '',
        given_written=given if given != given_latin else '',
        birth_date=normalize.birth_date(person.birth_date or ''),
        gender=normalize.code(person.gender or ''),
        phone=normalize.phone(person.phone or ''),
        email=normalize.email(person.email or ''),
        street=street,
        house=house,
        city=normalize.place(person.city or ''),
        zip=normalize.code(person.zip or ''),
        state=normalize.place(person.state or ''),
        identifiers=tuple(
            (system, value, bool(verified))
            for system, value, verified in (
                (system, normalize.code(value or ''), verified)
                for system, value, verified in person.identifiers
            )
            if value
        ),
    )
    return one._replace(keys=blocking_keys(one))


def _beyond_a_letter(name):
    """An initial says nothing of a name: as good as missing."""
    return name if len(name) > 1 or not name.isascii() else ''
