from . import healthcare_loyalty_cause
from . import healthcare_loyalty_earning
from . import survey_user_input
