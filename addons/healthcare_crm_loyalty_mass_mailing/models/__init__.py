from . import healthcare_campaign, healthcare_enquiry_page, mailing_mailing
