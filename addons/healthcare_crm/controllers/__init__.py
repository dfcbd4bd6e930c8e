from . import appointment
from . import enquiry
from . import export
from . import consent
from . import audit
from . import two_factor
from . import html_editor
from . import list_export
