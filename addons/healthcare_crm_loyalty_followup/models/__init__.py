from . import (
    healthcare_loyalty_cause,
    healthcare_loyalty_earning,
    healthcare_loyalty_tier_change,
    ir_actions_server,
    loyalty_card,
    survey_user_input,
)
