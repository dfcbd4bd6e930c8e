from . import appointment
from . import enquiry
