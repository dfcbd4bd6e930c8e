from . import healthcare_sensitive
from . import event_event
from . import event_registration
from . import healthcare_club_attendance
from . import healthcare_club_talk
from . import healthcare_loyalty_cause
