"""How long the law makes a clinic keep medical records, whatever their patient asks.

What is not certain is on the side of keeping: what was erased too early is gone.
"""

from datetime import date
from typing import NamedTuple

from ..consenting.majority import age_of_majority

#: where no law is known here, and the clinic says nothing else
USUAL_YEARS = 10


class Law(NamedTuple):
    """
    :param years: since the last visit
    :param minor_years: since coming of age, where the patient was a minor
    :param deceased_years: where the patient has died
    """

    name: str
    years: int
    minor_years: int = 0
    deceased_years: int = 0


LAWS = {
    # "at least seven years; of minors, at least seven years after they come of age" (art. 70)
    'TW': Law("Taiwan: Medical Care Act, art. 70", 7, minor_years=7),
    # 10 years for visits and stays, 15 after accidents at work, 20 for mental illness and death:
    # art. 59 of the Law 40/2009. The Law 15/2023 leaves it to rules on archives; we found no
    # shorter time in them. Of what kind a record is, is not known here: accidents at work and
    # mental illness need a longer time set on the clinic.
    'VN': Law("Vietnam: Law on Medical Examination and Treatment", 10, deceased_years=20),
    # § 630f BGB
    'DE': Law("Germany: § 630f BGB", 10),
}


class Hold(NamedTuple):
    """Until when, and why, the medical record of a patient is kept."""

    until: date
    law: str


def hold_of(country, last_visit, birth_date=None, deceased=False, years=0):
    """Return what keeps a medical record.

    :param str country: code of the clinic's country
    :param date last_visit: of the last entry in the record
    :param int years: what the clinic says, where that is longer than the law
    :rtype: Hold

    >>> hold_of('TW', date(2026, 3, 1)).until
    datetime.date(2033, 3, 1)
    >>> hold_of('TW', date(2026, 3, 1), birth_date=date(2020, 2, 29)).until
    datetime.date(2045, 2, 28)
    >>> hold_of('VN', date(2026, 3, 1), deceased=True).until
    datetime.date(2046, 3, 1)
    """
    law = LAWS.get(country)
    if law is None:
        return Hold(_after(last_visit, years or USUAL_YEARS), '')
    term = max(law.years, law.deceased_years if deceased else 0)
    hold = Hold(_after(last_visit, term), law.name)
    if law.minor_years and birth_date:
        of_age = _after(birth_date, age_of_majority(country))
        if last_visit < of_age:
            hold = hold._replace(until=max(hold.until, _after(of_age, law.minor_years)))
    if years > term:
        longer = _after(last_visit, years)
        if longer > hold.until:
            hold = Hold(longer, '')
    return hold


def _after(day, years):
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year + years, day=28)
