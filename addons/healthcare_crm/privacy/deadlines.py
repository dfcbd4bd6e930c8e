"""Until when the law wants a patient's request, or a breach, answered."""

from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

GDPR, PDPA, VIETNAM, HIPAA = 'gdpr', 'tw_pdpa', 'vn_pdp', 'hipaa'
JURISDICTIONS = (GDPR, PDPA, VIETNAM, HIPAA)
KINDS = ('access', 'correction', 'restriction', 'erasure', 'portability', 'objection')
_EEA = frozenset(
    'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI '
    'SK'.split()
)
_OTHERS = {'TW': PDPA, 'VN': VIETNAM, 'US': HIPAA, 'GB': GDPR}


class Term(NamedTuple):
    """
    :param amount: days, or months
    :param more: by how much it may be extended, once
    """

    amount: int
    more: int
    in_months: bool = False


# GDPR art. 12(3): one month, and two more where requests are many or difficult.
_MONTH = Term(1, 2, in_months=True)
TERMS = {
    GDPR: dict.fromkeys(KINDS, _MONTH),
    # Personal Data Protection Act, art. 13: 15 days (+15) for requests under art. 10 (to know, to
    # have a copy), 30 (+30) for those under art. 11 (to correct, to stop, to delete).
    PDPA: dict.fromkeys(KINDS, Term(30, 30))
    | {'access': Term(15, 15), 'portability': Term(15, 15)},
    # Law 91/2025/QH15 and Decree 356/2025/ND-CP, since 1 January 2026: an answer in two working
    # days, then 15 days (+15) to restrict or object, 10 to hand out or correct, 20 to delete. The
    # 72 hours were those of the former Decree 13/2023. We read how long the last two may be
    # extended in summaries only: the term once more.
    VIETNAM: {
        'access': Term(10, 10),
        'portability': Term(10, 10),
        'correction': Term(10, 10),
        'restriction': Term(15, 15),
        'objection': Term(15, 15),
        'erasure': Term(20, 20),
    },
    # 45 CFR 164.524(b)(2): access in 30 days (+30). 164.526(b)(2): amendment in 60 (+30). No term
    # is set for restrictions (164.522), and there is no right to erasure: that of access is used.
    HIPAA: dict.fromkeys(KINDS, Term(30, 30)) | {'correction': Term(60, 30)},
}
#: working days until the patient is told what will happen
ACKNOWLEDGED = {VIETNAM: 2}

#: hours after a breach is discovered, until the authority and the patients have to be told
BREACH_HOURS = {
    # art. 33: 72 hours; art. 34: patients "without undue delay", which has no number: the same.
    # The 24 hours are those of the early warning of NIS 2 (art. 23), where a clinic is under it.
    GDPR: {'early': 24, 'authority': 72, 'patients': 72},
    # Art. 12 of the Personal Data Protection Act as amended in November 2025 leaves the hours to
    # the authority; its rules, and those of the Ministry for hospitals, say 72. We found no text
    # of them in force for every clinic.
    PDPA: {'early': 24, 'authority': 72, 'patients': 72},
    # Law 91/2025/QH15, art. 23: 72 hours, to the authority
    VIETNAM: {'early': 24, 'authority': 72, 'patients': 72},
    # 45 CFR 164.404 and 164.408: 60 days at the latest
    HIPAA: {'early': 24, 'authority': 60 * 24, 'patients': 60 * 24},
}


def jurisdiction_of(country):
    """Return the law that a clinic in a country keeps; where we know none, that of Europe.

    >>> jurisdiction_of('TW'), jurisdiction_of('FR'), jurisdiction_of('BR')
    ('tw_pdpa', 'gdpr', 'gdpr')
    """
    return GDPR if country in _EEA else _OTHERS.get(country, GDPR)


def due_on(jurisdiction, kind, received, extended=False):
    """Return the last day to do what a patient asks.

    >>> due_on('gdpr', 'access', date(2026, 1, 31))
    datetime.date(2026, 2, 28)
    >>> due_on('tw_pdpa', 'access', date(2026, 1, 1))
    datetime.date(2026, 1, 16)
    """
    term = TERMS[jurisdiction][kind]
    amount = term.amount + (term.more if extended else 0)
    return add_months(received, amount) if term.in_months else received + timedelta(days=amount)


def acknowledge_on(jurisdiction, received):
    """Return the last day to tell the patient what will happen, or None.

    >>> acknowledge_on('vn_pdp', date(2026, 1, 2))  # a Friday
    datetime.date(2026, 1, 6)
    """
    days = ACKNOWLEDGED.get(jurisdiction, 0)
    if not days:
        return None
    day = received
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def add_months(day, months):
    """Return the same day of a later month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
