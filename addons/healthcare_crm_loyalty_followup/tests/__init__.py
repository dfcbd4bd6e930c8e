from . import (
    test_campaigns,
    test_club_secrets,
    test_happenings,
    test_my_day,
    test_points_action,
    test_questionnaires,
    test_without_members,
)
