"""Phone calls: staff call the patient, the message is their script."""

from .registry import adapter
from .staff import StaffAdapter


@adapter
class CallAdapter(StaffAdapter):
    """Have patients called."""

    code = 'call'
    task_type = 'call'
    role = 'call_desk'

    def name(self):
        """Return what the task is called."""
        return self.env._("Call the patient with a message")
