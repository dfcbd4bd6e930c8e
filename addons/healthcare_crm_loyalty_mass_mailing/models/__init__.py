from . import healthcare_campaign, mailing_mailing
