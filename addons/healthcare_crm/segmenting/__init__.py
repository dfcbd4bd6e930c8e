"""What a segment may ask about patients.

One kind of condition is one class in one file of :mod:`.kinds`: the parameters it shows, the
condition it makes, its sentence in words, and the fact by which one patient meets it or not.
Nothing else has to know of a new kind.
"""

from . import kinds
from .registry import ACCESS, GROUPS, KINDS, Kind, kind
from .scope import Scope
