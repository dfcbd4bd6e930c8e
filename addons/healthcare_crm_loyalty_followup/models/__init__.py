from . import (
    healthcare_campaign,
    healthcare_club_member,
    healthcare_loyalty_cause,
    healthcare_loyalty_earning,
    healthcare_loyalty_tier_change,
    healthcare_my_day,
    healthcare_segment,
    healthcare_workflow,
    healthcare_workflow_trigger,
    ir_actions_server,
    loyalty_card,
    survey_user_input,
)
