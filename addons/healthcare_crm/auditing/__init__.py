"""Recording who looked at which patient: plain Python and SQL, no ORM."""

from . import anchor, chain, events, looks
