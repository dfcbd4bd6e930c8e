from . import base_partner_merge
from . import healthcare_consent_wizard
from . import healthcare_quality_ignore
from . import healthcare_referral_respond
from . import healthcare_enquiry_candidate
from . import healthcare_enquiry_conversion
from . import healthcare_segment_explain
from . import healthcare_consent_link
