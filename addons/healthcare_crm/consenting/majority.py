"""From which age people decide for themselves."""

#: years, by code of country, where it is not 18
_AGES = {
    'AE': 21,
    'BH': 21,
    'CI': 21,
    'EG': 21,
    'KR': 19,
    'KW': 21,
    'NZ': 20,
    'PR': 21,
    'SG': 21,
    'TH': 20,
}
USUAL = 18
OLDEST = 21


def age_of_majority(country_code):
    """Return from which age people of a country decide for themselves.

    >>> age_of_majority('TW'), age_of_majority('VN'), age_of_majority('TH'), age_of_majority(None)
    (18, 18, 20, 18)
    """
    return _AGES.get(country_code, USUAL)
