from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date, format_datetime

from ..overview import Block
from ..sensitive import GROUP_CLINICAL, GROUP_STAFF, GROUP_USER

#: Those who look after patients.
CARE = f'{GROUP_STAFF},{GROUP_CLINICAL}'
_QUALITY = 'healthcare_crm.group_quality'
_PRIVACY = 'healthcare_crm.group_privacy_officer'


class ResPartner(models.Model):
    """The 360° view of a patient: small blocks that the page asks for one by one.

    Every block is read as the user: nothing here is in sudo, so a field that somebody may not read
    is not in their block. Another addon adds a block by extending :meth:`_get_overview_blocks`,
    giving it a method ``_overview_<name>`` and, where rows and facts do not do, a component in the
    JavaScript registry ``healthcare_patient_blocks``.
    """

    _inherit = 'res.partner'

    # ------------------------------------------------------------ what the page asks

    @api.readonly
    def get_overview(self):
        """Return which blocks the user sees of this patient, in their order.

        :rtype: dict
        :raise AccessError: to whom patients are nothing
        """
        self._check_overview()
        return {
            'blocks': [block._asdict() for block in self._get_own_overview_blocks()],
            'is_in_care': self.is_in_care,
        }

    @api.readonly
    def get_overview_block(self, name):
        """Return what one block shows.

        :param str name: one of the blocks of :meth:`get_overview`
        :rtype: dict
        :raise AccessError: it is no block of this user's
        """
        self._check_overview()
        self.env['healthcare.audit']._record_shown(self, f'overview: {str(name)[:40]}')
        # not a set: anybody may send anything
        if name not in [block.name for block in self._get_own_overview_blocks()]:
            raise AccessError(self.env._("This is not part of what you see of a patient."))
        # days and hours are those of the clinic, wherever its reader is
        here = self.with_context(tz=self._get_clinic_tz(self.env.company.id))
        return getattr(here, f'_overview_{name}')()

    def _check_overview(self):
        self.ensure_one()
        if not self.env.user.has_group(GROUP_USER):
            raise AccessError(self.env._("Only healthcare users see patients."))
        self.check_access('read')

    def _get_own_overview_blocks(self):
        """Return the blocks of this user in their order; nothing of health beyond their care."""
        user = self.env.user
        blocks = self._get_overview_blocks()
        if not self.is_in_care:
            blocks = [one for one in blocks if one.groups != GROUP_CLINICAL]
        mine = (one for one in blocks if user.has_groups(one.groups))
        return sorted(mine, key=lambda block: block.sequence)

    @api.model
    def _get_overview_blocks(self):
        """Return the blocks of the 360° view, for other addons to add theirs.

        :rtype: list[Block]
        """
        _ = self.env._
        health = GROUP_CLINICAL
        return [
            # not among the others: it stays on top of the form
            Block('alerts', _("Alerts and allergies"), 'fa-bell-o', 10, CARE, wide=True),
            Block('contact', _("How to reach"), 'fa-address-card-o', 20),
            Block('appointments', _("Appointments"), 'fa-calendar', 30, f'{CARE},{_QUALITY}'),
            Block('conditions', _("Conditions"), 'fa-stethoscope', 40, health),
            Block('medication', _("Medication"), 'fa-medkit', 50, health),
            Block('treatments', _("Treatments"), 'fa-heartbeat', 60, health),
            Block('events', _("Events of the last 12 months"), 'fa-hospital-o', 70, health),
            Block('coverage', _("Insurance"), 'fa-id-card-o', 80, GROUP_STAFF),
            Block('observations', _("Observations"), 'fa-line-chart', 90, health, wide=True),
            Block('vaccinations', _("Vaccinations"), 'fa-shield', 100, health),
            Block('family', _("Family and lifestyle"), 'fa-leaf', 110, health),
            Block('household', _("Household and guardian"), 'fa-home', 120, GROUP_STAFF),
            Block('referrals', _("Referrals"), 'fa-share-square-o', 130, GROUP_STAFF),
            Block('documents', _("Documents"), 'fa-file-text-o', 140, health),
            Block('consents', _("Consents"), 'fa-check-circle-o', 150),
            Block('contacts', _("Contacts"), 'fa-comments-o', 170, f'{CARE},{_QUALITY},{_PRIVACY}'),
        ]

    # ------------------------------------------------------------ parts of blocks

    @api.model
    def _overview_day(self, value):
        """Return a date, or the day of a moment, as the reader writes it."""
        return format_date(self.env, value) if value else ''

    @api.model
    def _overview_moment(self, value):
        """Return day and hour of a moment at the clinic, as the reader writes them."""
        tz = self.env.context.get('tz')
        return format_datetime(self.env, value, tz=tz, dt_format='short') if value else ''

    @api.model
    def _overview_label(self, record, name):
        """Return the label of the value of a selection field in the reader's language."""
        value = record[name]
        return dict(record._fields[name]._description_selection(self.env)).get(value, '')

    @api.model
    def _overview_open(self, record, view=None, dialog=True):
        """Return the action that opens ``record``: over the page where it is small, else alone.

        The page names it as the line that was clicked.
        """
        # not env.ref, which looks for each row whether the view is still there
        view_id = self.env['ir.model.data']._xmlid_to_res_id(view) if view else False
        return {
            'type': 'ir.actions.act_window',
            'res_model': record._name,
            'res_id': record.id,
            'views': [[view_id, 'form']],
            'target': 'new' if dialog else 'current',
            'context': {'hide_patient': True, 'show_patient_identity': True},
        }

    @api.model
    def _overview_open_patient(self, patient):
        return self._overview_open(
            patient, 'healthcare_crm.res_partner_view_form_patient', dialog=False
        )

    def _overview_add(self, label, model, **defaults):
        """Return the button that adds a record of this patient; none to who may not."""
        if not self.env[model].has_access('create'):
            return False
        return {
            'label': label,
            'action': {
                'type': 'ir.actions.act_window',
                'name': label,
                'res_model': model,
                'views': [[False, 'form']],
                'target': 'new',
                'context': {
                    'default_patient_id': self.id,
                    'hide_patient': True,
                    **{f'default_{name}': value for name, value in defaults.items()},
                },
            },
        }

    def _overview_method(self, label, method, model='res.partner'):
        """Return the button that calls a method of the patient, to who may change ``model``."""
        if not self.env[model].has_access('create'):
            return False
        return {'label': label, 'method': method}

    def _overview_all(self, name, model, domain=()):
        """Return the link to the whole list of what a block shows the first of."""
        return {
            'label': self.env._("All"),
            'action': {
                'type': 'ir.actions.act_window',
                'name': name,
                'res_model': model,
                'domain': [('patient_id', '=', self.id), *domain],
                'views': [[False, 'list'], [False, 'form']],
                'context': {'default_patient_id': self.id, 'show_patient_identity': True},
            },
        }

    @api.model
    def _overview_today(self):
        return fields.Date.context_today(self)
