from . import (
    healthcare_campaign,
    healthcare_enquiry_page,
    healthcare_segment_condition,
    mailing_mailing,
)
