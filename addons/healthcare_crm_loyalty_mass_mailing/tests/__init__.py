from . import test_campaign_mailings
