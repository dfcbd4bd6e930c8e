"""What a clinic does with the add-ons, as input of ``script/odoo shell``.

Whatever it makes has no external ID, and refers to records of the demo that have one: the two kinds
that an uninstallation treats apart.
"""

import base64
from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from odoo.addons.healthcare_crm_loyalty.tests import everything

FILE = """\
PatientId,Name,Gender,BirthDate,Phone,ReminderConsent
71,Lin Mei,F,1954-03-27,0912345678,yes
72,Broken,Q,1854-03-27,0912,yes
"""


def ref(name):
    return env.ref(f'healthcare_crm.{name}')  # noqa: F821 - given by the shell


def use(env):
    now = fields.Datetime.now().replace(microsecond=0)
    admin = env.ref('base.user_admin')
    admin.group_ids = [Command.link(ref('group_clinic_administrator').id)]
    env['res.users'].create(
        {
            'name': "New Nurse",
            'login': 'new_nurse',
            'password': 'new_nurse',
            'group_ids': [Command.link(ref('group_nurse').id)],
        }
    )
    reminder = ref('consent_purpose_reminder')
    ours = env['res.partner'].create(
        [
            {'name': f"Patient {n}", 'is_patient': True, 'email': f'patient{n}@example.org'}
            for n in range(5)
        ]
    )
    patients = ours | ref('patient_wang_xiaoming')
    env['healthcare.consent'].create(
        [
            {
                'patient_id': patient.id,
                'purpose_id': reminder.id,
                'channel': channel,
                'decision': 'permit',
                'date': now - timedelta(seconds=1),
            }
            for patient in patients[1:]
            for channel in ('email', 'call')
        ]
    )
    start = now + timedelta(days=2)
    visits = env['calendar.event'].create(
        [
            {
                'is_appointment': True,
                'patient_id': patient.id,
                'practitioner_id': ref('practitioner_lin').id,
                'service_id': ref('service_return').id,
                'company_id': ref('company_xinyi').id,
                'start': start + timedelta(hours=n),
                'stop': start + timedelta(hours=n + 1),
            }
            for n, patient in enumerate(patients)
        ]
    )
    remind(env, now)
    visits[1].appointment_status = 'cancelled'
    ours[2].message_post(body="Called.")
    env['ir.attachment'].create(
        {
            'name': "Letter of a patient",
            'res_model': 'res.partner',
            'res_id': ours[2].id,
            'mimetype': 'text/plain',
            'raw': b"It hurts less.",
        }
    )
    task = env['healthcare.care.task'].search([('patient_id', '=', patients[0].id)], limit=1)
    task.action_no_answer()
    env['healthcare.segment'].create({'name': "All", 'company_id': env.company.id}).action_refresh()
    page = env['healthcare.enquiry.page'].create({'name': "Leaflet", 'alias_name': 'leaflet'})
    env['healthcare.enquiry'].create(
        {'name': "Asks", 'page_id': page.id, 'agrees_to_contact': True, 'insured': 'yes'}
    ).action_make_patient()
    env['healthcare.enquiry.limit']._is_allowed('127.0.0.1')
    env['survey.survey'].open_new_patient_form()
    import_file(env)
    reward(env, patients)
    env['base.partner.merge.automatic.wizard'].create({})._merge(
        ours[3:].ids, ours[3], extra_checks=False
    )
    env['ir.config_parameter'].set_param(
        'healthcare_crm_followup.twilio_base_url', 'http://127.0.0.1:9'
    )


def remind(env, now):
    """Publish "Remind 24 hours before" and let its time come."""
    # whatever the hour of the test
    workflow = env['healthcare.workflow'].create(
        {'name': "Remind 24 hours before", 'quiet': 'none'}
    )
    template = env.ref('healthcare_crm_followup.message_template_reminder_email')
    message, call = env['healthcare.workflow.step'].create(
        [
            {
                'workflow_id': workflow.id,
                'name': "E-mail",
                'kind': 'message',
                'sequence': 10,
                'channel_1': 'email',
                'template_ids': [Command.set(template.ids)],
            },
            {'workflow_id': workflow.id, 'name': "Call", 'kind': 'care_task', 'sequence': 20},
        ]
    )
    env['healthcare.workflow.edge'].create(
        {'step_id': message.id, 'outcome': 'suppressed', 'target_id': call.id}
    )
    workflow.action_publish()
    env['ir.actions.server'].create(
        {
            'name': "Enroll",
            'state': 'healthcare_enroll',
            'model_id': env.ref('calendar.model_calendar_event').id,
            'healthcare_workflow_id': workflow.id,
        }
    ).create_action()
    env['healthcare.workflow.hook'].create({'workflow_id': workflow.id}).action_new_secret()
    for hours in range(24, 30):
        env['healthcare.workflow']._run_engine(
            now + timedelta(hours=hours), env['ir.cron']._commit_progress
        )
    ledger = env['healthcare.communication'].search(
        [('enrollment_id.workflow_id', '=', workflow.id)], order='id'
    )
    assert {'sent', 'suppressed'} <= set(ledger.mapped('status')), ledger.mapped('status')
    # one that is still to leave
    ledger[-1].write({'status': 'queued', 'sent_at': False})


def reward(env, patients):
    """Let a patient be in all of loyalty, and have a segment of each of its kinds."""
    made = everything.join(env, patients[0], patients[1])
    made['loyalty.program'].earning_ids = [
        Command.create({'name': event, 'event': event, 'points': 10})
        for event in dict(made['healthcare.loyalty.earning']._fields['event'].selection)
    ]
    made['loyalty.card']._give(
        10, description="Welcome", earning_id=made['loyalty.program'].earning_ids[-1].id
    )
    made['healthcare.club.talk'].action_make_event()
    conditions = {
        'club': {'club_ids': [Command.set(made['healthcare.club'].ids)]},
        'campaign': {
            'campaign_ids': [Command.set(made['healthcare.campaign'].ids)],
            'options': ['came'],
        },
        'clicked': {},
        'attended': {},
    }
    segments = env['healthcare.segment']
    for kind, values in conditions.items():
        segments |= ask(env, kind, values)
    # of a club about health, no other segment asks
    segments = segments.filtered(lambda segment: not segment.tells_club)
    ask(env, 'segment', {'segment_ids': [Command.set(segments.ids)]})


def ask(env, kind, values):
    """Make a segment of one condition."""
    segment = env['healthcare.segment'].create(
        {
            'name': f"Of loyalty: {kind}",
            'company_id': env.company.id,
            'condition_ids': [Command.create({'kind': kind, **values})],
        }
    )
    segment._refresh()
    return segment


def import_file(env):
    system = env['healthcare.identifier.system'].create({'name': "Former", 'code': 'former'})
    record = env['healthcare.import'].create(
        {
            'file': base64.b64encode(FILE.encode()),
            'file_name': 'patients.csv',
            'system_id': system.id,
            'country_id': env.ref('base.tw').id,
        }
    )
    record.action_read()
    record.action_check()
    record.action_import()
    env.cr.commit()
    ref('ir_cron_healthcare_import').method_direct_trigger()
    env.cr.commit()
    record.invalidate_recordset()
    assert record.state == 'done', record.failure


use(env)  # noqa: F821 - given by the shell
env.cr.commit()  # noqa: F821 - given by the shell
print("used")
