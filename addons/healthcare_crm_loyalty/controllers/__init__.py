from . import benefits_page
from . import club
from . import enquiry
from . import introduction
from . import campaign_letters
