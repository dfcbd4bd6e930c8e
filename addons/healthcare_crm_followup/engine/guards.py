"""The guard rails of a batch of messages, read in a handful of queries whatever its size."""

from odoo.tools import SQL

from . import gates
from .facts import read_people
from .subjects import SUBJECTS


def recheck(env, rows, now):
    """Look once more at decided messages in the moment they are sent.

    Consent, address or appointment may have changed since, before the tick heard of it. Frequency
    caps were counted when the message was decided and are not counted again.

    :param rows: ``healthcare.communication`` records that wait to be sent
    :param now: the moment it is, naive UTC
    :return: {ledger id: (:class:`~.gates.Verdict`, moment to wait for or ``None``)}; a verdict that
        allows sending with a moment means: not now, keep it queued until then
    """
    if not rows:
        return {}
    env.flush_all()
    found = env.execute_query(
        SQL(
            """
            SELECT communication.id, communication.patient_id, communication.channel,
                   communication.purpose_id, communication.expires_at, communication.appointment_id,
                   enrollment.subject_model,
                   appointment.active AND appointment.patient_id = communication.patient_id
                   AND appointment.appointment_status NOT IN ('cancelled', 'entered-in-error')
              FROM healthcare_communication AS communication
              LEFT JOIN healthcare_workflow_enrollment AS enrollment
                ON enrollment.id = communication.enrollment_id
              LEFT JOIN calendar_event AS appointment
                ON appointment.id = communication.appointment_id
             WHERE communication.id IN %s
            """,
            tuple(rows.ids),
        )
    )
    people = read_people(env, {patient_id for _id, patient_id, *_others in found}, now.date())
    verdicts = {}
    for one, patient_id, channel, purpose_id, expires_at, appointment_id, model, stands in found:
        person = people[patient_id]
        reason = gates.person_reason(person)
        # an appointment that was given to another patient is nothing to tell the first one about:
        # the links in the message would open it
        is_about_appointment = appointment_id or (
            model in SUBJECTS and SUBJECTS[model].is_appointment
        )
        if is_about_appointment and not stands:
            reason = 'subject_cancelled'
        elif expires_at and expires_at < now:
            # the server, the provider or the workflow stood still meanwhile
            reason = 'late'
        if reason:
            verdict = gates.Verdict(channel, False, reason)
        else:
            verdict = gates.channel_verdict(person, channel, purpose_id)
        verdicts[one] = verdict, None
    return verdicts
