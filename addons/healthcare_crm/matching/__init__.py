# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Are two records the same person? Fellegi–Sunter record linkage without labels and without the
ORM.

>>> from odoo.addons.healthcare_crm.matching import Person, prepare, Model
>>> one = prepare(Person(1, name="王小明", birth_date="1980-01-31", phone="0912 345 678"))
>>> two = prepare(Person(2, name="Wang Xiaoming", birth_date="1980-01-31", phone="+886912345678"))
>>> Model.default().compare(one, two).zone
'link'
"""

from .duplicates import find, find_between, match_each
from .keys import KEYS
from .model import Evidence, Match, Model
from .person import Person, Prepared, prepare
