# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Prepared people as columns of numbers, so that millions of pairs are compared in a few array
operations."""

from typing import NamedTuple

import numpy as np

from .normalize import has_han

MISSING = -1
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
        for column, vocabulary in _VOCABULARIES.items():
            numbers = known.setdefault(vocabulary, {'': MISSING})
            self.codes[column] = _encoded((getattr(one, column) for one in prepared), numbers)
        for vocabulary, numbers in known.items():
            del numbers['']
            self._values[vocabulary] = list(numbers)
        self.identifiers, self.identifier_values = _slots(prepared)
        self.places, self.place_values = self._places()
        whole = {'': MISSING}
        self.names = _encoded((f'{one.family}{one.given}' for one in prepared), whole)
        del whole['']
        self.name_bigrams = _bigrams(list(whole))
        self.email_numbers = _encoded(
            (''.join(filter(str.isdigit, one.email)) for one in prepared), {'': MISSING}
        )
        streets = self.values('street')
        self.street_is_han = np.array([has_han(text) for text in streets] + [False])
        self.street_bigrams = _bigrams(streets)
        self.birth_digits = np.array(
            [[ord(digit) for digit in value] for value in self.values('birth_date')], np.uint8
        ).reshape(-1, 8)

    def __len__(self):
        return len(self.prepared)

    def values(self, column):
        """Return the texts that a column's codes number."""
        return self._values[_VOCABULARIES[column]]

    def _places(self):
        """Return codes of town and postcode together, of the town and of the postcode, all of one
        vocabulary, and what they number."""
        numbers = {'': MISSING}
        both = [f'{one.city}|{one.zip}' if one.city and one.zip else '' for one in self.prepared]
        city = [f'{one.city}|' if one.city else '' for one in self.prepared]
        zip_code = [f'|{one.zip}' if one.zip else '' for one in self.prepared]
        codes = [_encoded(column, numbers) for column in (both, city, zip_code)]
        del numbers['']
        return codes, list(numbers)

    def terms(self, field):
        """Return (texts, how many people have each) of a field whose frequent values weigh less."""
        if field == 'place':
            values, columns = self.place_values, self.places
        else:
            column = _TERMS.get(field, field)
            values, columns = self.values(column), [self.codes[column]]
        counts = np.zeros(len(values) + 1, np.int64)
        for codes in columns:
            counts += np.bincount(codes + 1, minlength=len(values) + 1)
        return values, counts[1:]


def _bigrams(values):
    """Return which pairs of neighbouring letters each text has, as bits; one row more for none."""
    texts = [value.replace(' ', '') for value in values]
    letters = np.frombuffer(''.join(texts).encode('utf-32-le'), np.uint32).astype(np.int64)
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    inside = np.flatnonzero(rows[1:] == rows[:-1])
    bits = (letters[inside] * 613 + letters[inside + 1] * 7) % _BITS
    found = np.zeros((len(texts) + 1, _BITS // 64), np.uint64)
    np.bitwise_or.at(
        found, (rows[inside], bits // 64), np.uint64(1) << (bits % 64).astype(np.uint64)
    )
    return found


def _encoded(values, numbers):
    """Return an array of numbers, giving the next one to each new value; numbers[''] is there
    first."""
    codes = [numbers.setdefault(value, len(numbers) - 1) for value in values]
    return np.array(codes, np.int32)


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
    return slots, list(numbers)
