from . import healthcare_sensitive
from . import crm_lead
from . import healthcare_enquiry
