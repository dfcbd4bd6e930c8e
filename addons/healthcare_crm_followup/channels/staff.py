"""What the channels have in common whose messages are brought by people."""

from datetime import timedelta

from ..engine.effects import CareTask
from .registry import Adapter

#: Within so long staff should have brought a message; before the appointment it is about.
WINDOW = timedelta(days=1)


class StaffAdapter(Adapter):
    """A channel whose messages are brought by people: each becomes a task on the worklist.

    The ledger row gets its result when the task is done.
    """

    is_staff = True
    task_type = None
    role = None

    def task(self, communication, message, now):
        """Return the task by which staff bring ``message``."""
        appointment = communication.appointment_id
        until = now + WINDOW
        return CareTask(
            idempotency_key=f'msg:{communication.id}',
            name=message.subject or self.name(),
            patient_id=communication.patient_id.id,
            appointment_id=appointment.id or None,
            purpose_id=communication.purpose_id.id or None,
            company_id=message.company.id,
            task_type=self.task_type,
            role=self.role,
            user_id=None,
            instruction=CareTask.in_every_language(message.body),
            priority='0',
            window_start=now,
            window_end=min(until, appointment.start) if appointment else until,
            enrollment_id=communication.enrollment_id.id or None,
            step_key=communication.step_key,
            visit=communication.visit,
            communication_id=communication.id,
        )

    def name(self):
        """Return what the task is called where the template has no subject."""
        raise NotImplementedError
