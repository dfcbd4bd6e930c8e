from . import crm_lead
from . import healthcare_enquiry
