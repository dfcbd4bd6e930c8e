from . import test_happenings, test_points_action, test_questionnaires
