from . import appointment
from . import enquiry
from . import export
from . import consent
from . import audit
