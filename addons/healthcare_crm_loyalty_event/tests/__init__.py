from . import test_club_events
from . import test_sensitive
