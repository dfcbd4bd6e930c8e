from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.healthcare_crm.overview import Block, badge, row
from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

from .. import timeline
from .healthcare_care_task import OPEN_STATES

#: rows of a block; the rest is one click away
SHOWN, PLANNED = 5, 3
_TIMELINE_ICONS = {
    'success': 'fa-check',
    'info': 'fa-clock-o',
    'warning': 'fa-exclamation-circle',
    'danger': 'fa-exclamation-triangle',
}


class ResPartner(models.Model):
    """What follow-up has to tell in the 360° view of a patient."""

    _inherit = 'res.partner'

    @api.model
    def _get_overview_blocks(self):
        _ = self.env._
        reads_tasks = f'{GROUP_STAFF},healthcare_crm.group_quality'
        return super()._get_overview_blocks() + [
            Block('tasks', _("Open tasks"), 'fa-check-square-o', 180, reads_tasks),
            Block('workflows', _("Workflows"), 'fa-sitemap', 190, reads_tasks),
        ]

    def _overview_contacts(self):
        """Show the beginning of the timeline, which knows more than the ledger of messages."""
        now = fields.Datetime.now()
        past, coming = timeline.read_page(self.env, self, now, SHOWN, None, None)
        coming = sorted(coming, key=lambda one: (one.date is None, one.date))[:PLANNED]
        entries = timeline.say(self.env, coming + past)
        return {
            'rows': [self._overview_entry(entry) for entry in entries],
            'empty': self.env._("Nothing was sent or received yet."),
            'more': {'label': self.env._("Timeline"), 'method': 'action_view_timeline'},
        }

    def _overview_entry(self, entry):
        tag = entry['badge']
        return {
            'id': entry['id'],
            'title': entry['title'],
            'text': entry['detail'],
            'when': entry['date']
            and self._overview_moment(fields.Datetime.to_datetime(entry['date'])),
            'badges': [
                badge(tag['label'], _TIMELINE_ICONS.get(tag['tone'], 'fa-minus'), tag['tone'])
            ]
            if tag
            else [],
            'action': None,
            'muted': False,
            'advice': entry['advice'] and entry['advice']['text'],
        }

    def _overview_tasks(self):
        tasks = self.env['healthcare.care.task'].search_fetch(
            Domain('patient_id', '=', self.id) & Domain('state', 'in', OPEN_STATES), limit=SHOWN
        )
        return {
            'rows': [self._overview_task(task) for task in tasks],
            'empty': self.env._("Nothing to do for this patient."),
            'more': self._overview_all(self.env._("Care Tasks"), 'healthcare.care.task'),
        }

    def _overview_task(self, task):
        who = task.user_id.name or self._overview_label(task, 'role')
        badges = []
        if task.priority != '0':
            badges.append(badge(self.env._("Urgent"), 'fa-star', 'warning'))
        if task.is_overdue:
            badges.append(badge(self.env._("Overdue"), 'fa-exclamation-triangle', 'danger'))
        return row(
            task,
            task.name,
            who,
            self._overview_moment(task.window_end),
            badges,
            {
                'type': 'ir.actions.client',
                'tag': 'healthcare_worklist',
                'name': self.env._("Worklist"),
                'path': 'worklist',
                'params': {'task_id': task.id},
            },
        )

    def _overview_workflows(self):
        enrollments = self.env['healthcare.workflow.enrollment'].search_fetch(
            Domain('patient_id', '=', self.id) & Domain('state', '=', 'active'), limit=SHOWN
        )
        enroll = False
        if self.env['healthcare.workflow.enroll'].has_access('create'):
            enroll = {'label': self.env._("Enroll"), 'method': 'action_enroll'}
        return {
            'rows': [
                row(
                    enrollment,
                    enrollment.workflow_id.name,
                    self.env._("Next: %s", enrollment.next_step) if enrollment.next_step else '',
                    self._overview_moment(enrollment.next_due_at),
                )
                for enrollment in enrollments
            ],
            'empty': self.env._("The patient is in no workflow."),
            'add': enroll,
            'more': self._overview_all(self.env._("Workflows"), 'healthcare.workflow.enrollment'),
        }

    def action_enroll(self):
        """Ask for the workflow these patients are to go into."""
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_followup.healthcare_workflow_enroll_action_patient'
        )
        return action | {'context': {'active_model': 'res.partner', 'active_ids': self.ids}}
