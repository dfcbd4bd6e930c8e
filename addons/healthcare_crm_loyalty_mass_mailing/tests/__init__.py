from . import test_campaign_mailings, test_club_newsletter
