# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Prepared people as columns of numbers, so that millions of pairs are compared in a few array
operations."""

from typing import NamedTuple

import numpy as np

from .normalize import has_han
from .person import Prepared
from .texts import MISSING, Texts

#: Into how many bits pairs of letters are hashed.
_BITS = 512

#: Column of a frame → the vocabulary its codes are of. Both parts of a name share one, as they are
#: compared crosswise too.
_VOCABULARIES = {
    **{'family': 'name', 'given': 'name'},
    **{'family_written': 'written', 'given_written': 'written'},
    **{
        name: name
        for name in ('gender', 'phone', 'email', 'street', 'house', 'city', 'zip', 'state')
    },
    'birth_date': 'birth_date',
}

_TERMS = {'family_name': 'family', 'given_name': 'given'}


class Slot(NamedTuple):
    """One identifier per person in one system."""

    codes: np.ndarray
    verified: np.ndarray


class Frame:
    """Columns of the same length; ``codes[column]`` numbers the entries of ``values(column)``.

    ``identifiers`` has a list of slots per system: a person may have several values in one.
    """

    def __init__(self, prepared):
        self.prepared = prepared
        self._values = {}
        self.codes = {}
        known = {}
        columns = dict.fromkeys(Prepared._fields, ())
        columns.update(zip(Prepared._fields, zip(*prepared, strict=True), strict=False))
        for column, vocabulary in _VOCABULARIES.items():
            numbers = known.setdefault(vocabulary, {'': MISSING})
            self.codes[column] = encoded(columns[column], numbers)
        for vocabulary, numbers in known.items():
            del numbers['']
            self._values[vocabulary] = Texts(numbers)
        self.identifiers, self.identifier_values = _slots(prepared)
        self.places, self.place_values = _places(columns['city'], columns['zip'])
        whole = {'': MISSING}
        names = list(zip(columns['family'], columns['given'], strict=True))
        self.names = encoded([family + given for family, given in names], whole)
        self.turned_names = encoded([given + family for family, given in names], whole)
        del whole['']
        self.name_values = Texts(whole)
        self.name_bigrams = _bigrams(self.name_values)
        self.email_numbers = encoded(
            [''.join(filter(str.isdigit, value)) for value in self.values('email')], {'': MISSING}
        )
        streets = self.values('street')
        self.street_is_han = np.array([has_han(text) for text in streets] + [False])
        self.street_bigrams = _bigrams(streets)
        digits = ''.join(self.values('birth_date')).encode()
        self.birth_digits = np.frombuffer(digits, np.uint8).reshape(-1, 8).T.copy()

    def __len__(self):
        return len(self.prepared)

    def values(self, column):
        """Return the texts that a column's codes number."""
        return self._values[_VOCABULARIES[column]]

    def term_values(self, field):
        """Return the texts of a field whose frequent values weigh less."""
        return self.place_values if field == 'place' else self.values(_TERMS.get(field, field))

    def terms(self, field):
        """Return :meth:`term_values` and how many people have each."""
        values = self.term_values(field)
        columns = self.places if field == 'place' else [self.codes[_TERMS.get(field, field)]]
        counts = np.zeros(len(values) + 1, np.int64)
        for codes in columns:
            counts += np.bincount(codes + 1, minlength=len(values) + 1)
        return values, counts[1:]


def _places(city, zip_code):
    """Return codes of town and postcode together, of the town and of the postcode, all of one
    vocabulary, and what they number."""
    numbers = {'': MISSING}
    columns = (
        [f'{one}|{two}' if one and two else '' for one, two in zip(city, zip_code, strict=True)],
        [f'{one}|' if one else '' for one in city],
        [f'|{two}' if two else '' for two in zip_code],
    )
    codes = [encoded(column, numbers) for column in columns]
    del numbers['']
    return codes, list(numbers)


def _bigrams(values):
    """Return which pairs of neighbouring letters each text has, as bits: 64 in each row, a column
    per text and one more for none."""
    texts = [value.replace(' ', '') for value in values]
    letters = np.frombuffer(''.join(texts).encode('utf-32-le', 'surrogatepass'), np.uint32)
    letters = letters.astype(np.int64)
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    inside = np.flatnonzero(rows[1:] == rows[:-1])
    bits = (letters[inside] * 613 + letters[inside + 1] * 7) % _BITS
    found = np.zeros((_BITS // 64, len(texts) + 1), np.uint64)
    np.bitwise_or.at(
        found, (bits // 64, rows[inside]), np.uint64(1) << (bits % 64).astype(np.uint64)
    )
    return found


def encoded(values, numbers):
    """Return an array of numbers, giving the next one to each new value; numbers[''] is there
    first."""
    for value in dict.fromkeys(values):
        numbers.setdefault(value, len(numbers) - 1)
    return np.fromiter(map(numbers.__getitem__, values), np.int32, len(values))


def _slots(prepared):
    """Return ``{system: [Slot, …]}`` and the values that the codes number."""
    numbers, slots = {'': MISSING}, {}
    for row, one in enumerate(prepared):
        taken = {}
        for system, value, verified in one.identifiers:
            position = taken.get(system, 0)
            taken[system] = position + 1
            rows = slots.setdefault(system, [])
            if len(rows) <= position:
                size = len(prepared)
                rows.append(Slot(np.full(size, MISSING, np.int32), np.zeros(size, bool)))
            rows[position].codes[row] = numbers.setdefault(value, len(numbers) - 1)
            rows[position].verified[row] = verified
    del numbers['']
    return slots, Texts(numbers)
