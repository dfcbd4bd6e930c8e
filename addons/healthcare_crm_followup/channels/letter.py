"""Letters on paper: staff print and post them."""

from .registry import adapter
from .staff import StaffAdapter


@adapter
class LetterAdapter(StaffAdapter):
    """Have letters posted."""

    code = 'letter'
    task_type = 'letter'
    role = 'reception'

    def name(self):
        """Return what the task is called."""
        return self.env._("Print and post a letter")
