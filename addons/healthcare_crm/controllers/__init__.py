from . import appointment
from . import enquiry
from . import export
