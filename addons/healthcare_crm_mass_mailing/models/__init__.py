from . import healthcare_sensitive
from . import healthcare_communication
from . import healthcare_segment
from . import mail_mail
from . import mailing_mailing
