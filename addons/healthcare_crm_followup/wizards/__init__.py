from . import (
    healthcare_setup,
    healthcare_workflow_archive,
    healthcare_workflow_enroll,
    healthcare_workflow_hook_secret,
    healthcare_workflow_import,
    healthcare_workflow_pause,
    sms_composer,
)
