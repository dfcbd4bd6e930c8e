from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..exporting.writing import write_part
from ..sensitive import GROUP_STAFF


class ResPartner(models.Model):
    _inherit = 'res.partner'

    is_vip = fields.Boolean(
        "Well-known Person",
        groups=GROUP_STAFF,
        copy=False,
        help="Whoever opens the record without caring for the patient is shown to the privacy"
        " officer.",
    )

    def action_view_looks(self):
        """Open who looked at this patient, or at a record that was merged into theirs."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.healthcare_audit_event_action'
        )
        action['domain'] = [('patient_ids', 'in', self._get_looked_at_ids())]
        action['context'] = {}
        action['display_name'] = self.env._("Who Looked at %s", self.display_name)
        return action

    def action_download_looks(self):
        """Hand out who looked at this patient, for the patient."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_url',
            'url': f'/healthcare/looks/{self.id}.csv',
            'target': 'download',
        }

    def action_print_looks(self):
        """Print who looked at this patient, for the patient."""
        self.ensure_one()
        return self.env.ref('healthcare_crm.res_partner_action_print_looks').report_action(self)

    def _get_printed_looks(self):
        """Return who looked at this patient on which day, at what and how often: for a letter.

        :raise AccessError: to all but privacy officers
        """
        self._check_disclosure()
        rows = self.env.execute_query(
            SQL(
                """
                    SELECT e.recorded_at::date, coalesce(person.name, e.login), e.roles, e.action,
                           e.model, count(*)
                      FROM healthcare_audit_event e
                 LEFT JOIN res_users users ON users.id = e.user_id
                 LEFT JOIN res_partner person ON person.id = users.partner_id
                     WHERE e.patients && %s::int[]
                  GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 4, 5
                """,
                self._get_looked_at_ids(),
            )
        )
        self.env['healthcare.audit']._record(
            'disclose', 'healthcare.audit.event', self.ids, detail="who looked"
        )
        Event = self.env['healthcare.audit.event']
        actions = dict(Event._fields['action']._description_selection(self.env))
        roles = self.env['healthcare.audit']._get_role_labels()
        return [
            {
                'day': day,
                'who': who,
                'roles': ', '.join(roles.get(role, role) for role in held.split(',')),
                'action': actions.get(action, action),
                'model': self.env['ir.model']._get(model).name or model,
                'count': count,
            }
            for day, who, held, action, model, count in rows
        ]

    def _check_disclosure(self):
        self.ensure_one()
        if not self.env.user.has_group('healthcare_crm.group_privacy_officer'):
            raise AccessError(self.env._("Only privacy officers hand out who looked at a patient."))
        self.check_access('read')

    def _get_looked_at_ids(self):
        # sudo: who was merged into a patient is for staff to read, and was looked at as well
        return [*self.ids, *self.sudo().with_context(active_test=False).merge_ids.merged_id.ids]

    def _write_looks_csv(self):
        """Return who looked at this patient, when and at what, as CSV: for a privacy request.

        :raise AccessError: to all but privacy officers
        """
        self._check_disclosure()
        Event = self.env['healthcare.audit.event']
        actions = dict(Event._fields['action']._description_selection(self.env))
        rows = self.env.execute_query(
            SQL(
                """
                    SELECT e.recorded_at, coalesce(person.name, e.login), e.roles, e.action,
                           e.model, e.field_names
                      FROM healthcare_audit_event e
                 LEFT JOIN res_users users ON users.id = e.user_id
                 LEFT JOIN res_partner person ON person.id = users.partner_id
                     WHERE e.patients && %s::int[]
                  ORDER BY e.id
                """,
                self._get_looked_at_ids(),
            )
        )
        names = {
            model: self.env['ir.model']._get(model).name or model
            for model in {row[4] for row in rows}
        }
        self.env['healthcare.audit']._record(
            'disclose', 'healthcare.audit.event', self.ids, detail="who looked"
        )
        head = [
            self.env._("When (UTC)"),
            self.env._("Who"),
            self.env._("Roles"),
            self.env._("What"),
            self.env._("Kind of record"),
            self.env._("Fields"),
        ]
        lines = [
            [f'{at:%Y-%m-%d %H:%M:%S}', who, roles, actions.get(action, action), names[model], told]
            for at, who, roles, action, model, told in rows
        ]
        return '\ufeff'.encode() + write_part('csv', [head, *lines])
