"""The patient's timeline: everything sent, received, planned and refused, with the reason in words.

``sources`` asks the database, in one statement for all there is; ``words`` says it; ``planned``
looks ahead.
"""

from .planned import read_places
from .sources import KINDS, read_page
from .words import say

__all__ = ['KINDS', 'read_page', 'read_places', 'say']
