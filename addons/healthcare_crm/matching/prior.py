# Part of Healthcare CRM for Odoo. License LGPL-3.
"""What the model believes before it has seen anybody, in the order of ``compare.LEVELS``.

Missing is 1 in every class: it says nothing.
"""

#: Levels in two records of one person.
M = {
    'family_name': (1, 0.05, 0.07, 0.88),
    'given_name': (1, 0.05, 0.10, 0.85),
    'name_order': (1, 0.01, 0.02, 0.97),
    'birth_date': (1, 0.02, 0.02, 0.06, 0.90),
    'gender': (1, 0.02, 0.98),
    'phone': (1, 0.25, 0.05, 0.70),
    'email': (1, 0.25, 0.05, 0.70),
    'street': (1, 0.15, 0.08, 0.12, 0.65),
    'place': (1, 0.05, 0.05, 0.12, 0.08, 0.70),
    'state': (1, 0.08, 0.92),
    'identifier': (1, 0.03, 0.07, 0.90),
}

#: Levels in records of strangers.
U = {
    'family_name': (1, 0.95, 0.03, 0.02),
    'given_name': (1, 0.965, 0.03, 0.005),
    'name_order': (1, 0.002, 0.018, 0.98),
    'birth_date': (1, 0.9739, 0.025, 0.001, 0.0001),
    'gender': (1, 0.5, 0.5),
    'phone': (1, 0.9998, 0.0001, 0.0001),
    'email': (1, 0.9989, 0.001, 0.0001),
    'street': (1, 0.9688, 0.02, 0.011, 0.0002),
    'place': (1, 0.91, 0.03, 0.03, 0.01, 0.02),
    'state': (1, 0.8, 0.2),
    'identifier': (1, 0.9998, 0.0001, 0.0001),
}

#: How frequent a value is that is not known to be frequent.
RARE = {
    'family_name': 0.004,
    'given_name': 0.002,
    'birth_date': 0.00005,
    'phone': 0.00002,
    'email': 0.00001,
    'street': 0.0001,
    'place': 0.005,
}
#: Frequent family names in Latin letters, where many patients have one of these.
TERMS = {
    'family_name': {
        **{'nguyen': 0.15, 'tran': 0.05, 'le': 0.04, 'pham': 0.03, 'hoang': 0.02, 'huynh': 0.02},
        **{'chen': 0.09, 'lin': 0.07, 'huang': 0.05, 'zhang': 0.06, 'li': 0.06, 'wang': 0.06},
        **{'wu': 0.04, 'liu': 0.04, 'cai': 0.03, 'yang': 0.03, 'xu': 0.03, 'zheng': 0.02},
    }
}

#: How many of all pairs are one person, and how many live together.
MATCH = 0.00001
RELATIVES = 0.00001

#: Fields that people at home share as one person does.
HOUSEHOLD = ('phone', 'email', 'street', 'place', 'state')
#: What tells namesakes born on one day apart: without so many bits of one of these no link is made
#: unasked.
CONTACT = ('phone', 'email', 'street', 'place', 'identifier')
LEAST_CONTACT = 3
#: How many of those who live together were born on one day and have one family name, levels of
#: their given names, of all others' names (a wife keeps hers in Taiwan, China and Vietnam), and of
#: identifiers: a parent's number is given for a child.
TWINS = 0.04
TWIN_GIVEN = (1, 0.9495, 0.05, 0.0005)
RELATIVE_GIVEN = (1, 0.98, 0.015, 0.005)
RELATIVE_FAMILY = (1, 0.35, 0.05, 0.6)
RELATIVE_IDENTIFIER = (1, 0.969, 0.001, 0.03)

#: From which probability two records are linked without a question, and from which somebody is
#: asked.
LINK = 0.9999
#: How many of the links may be expected to be wrong, or in all where there are few, and between
#: which bounds a model looks for it.
WRONG = 0.0002
WRONG_AT_ALL = 0.2
LINK_BETWEEN = (0.98, 0.9999)
REVIEW = 0.05
#: How many pairs the levels of a field are worth against those that were seen, the frequency of
#: matches, and how many relatives there are wherever none were recognised.
STRENGTH = 10
#: How often a field may differ at most in records of one person. Where more pairs seem to be of one
#: person although it does, they only come from one part of the world.
MOST_DIFFERENT = {'family_name': 0.2, 'given_name': 0.2, 'birth_date': 0.08, 'gender': 0.05}
PAIRS = 10_000
FAMILIES = 1
