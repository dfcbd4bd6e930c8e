import logging
import time
from ast import literal_eval
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: A membership older than this is looked at again by the hourly job. Less than an hour, so that a
#: job that starts a little early does not skip a turn.
FRESH_FOR = timedelta(minutes=50)


class HealthcareSegment(models.Model):
    """The patients who meet a condition (FHIR Group), looked up again every hour.

    Who is a member is stored, so that a list of patients, a workflow or a campaign need not
    evaluate the condition, and so that entering and leaving are known.
    """

    _name = 'healthcare.segment'
    _description = "Patient Segment"
    _inherit = ['healthcare.own.clinic']
    _order = 'name, id'

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        default=lambda self: self.env.company,
        help="Patients of this clinic and its branches, and those of no clinic in particular.",
    )
    domain = fields.Char(
        string="Patients Who",
        required=True,
        default="[('is_patient', '=', True)]",
    )
    member_ids = fields.One2many(
        'healthcare.segment.member',
        'segment_id',
        groups='healthcare_crm.group_healthcare_staff',
    )
    patient_count = fields.Integer(string="Patients", readonly=True, copy=False)
    refreshed_at = fields.Datetime(
        string="As Of",
        readonly=True,
        copy=False,
        help="Empty: the patients are still being looked up.",
    )
    duration = fields.Float(
        string="Seconds",
        readonly=True,
        copy=False,
        help="How long it took to look up the patients.",
    )
    failure = fields.Char(
        readonly=True,
        copy=False,
        help="Why the patients could not be looked up the last time.",
    )
    revision = fields.Integer(
        readonly=True,
        copy=False,
        help="How often patients have entered or left.",
    )

    @api.constrains('domain')
    def _check_domain(self):
        """Refuse a condition that cannot be read, or that looks at what its author may not see."""
        # constraints run as sudo; the author does not: to count patients by a field is to read it
        for segment in self.with_env(self.env(su=False)):
            try:
                with self.env.cr.savepoint(flush=False):
                    segment.env['res.partner'].search(segment._get_domain(), limit=1)
            except Exception as error:  # whatever a condition can raise: names, operators, access
                raise ValidationError(
                    self.env._(
                        'The condition of "%(segment)s" cannot be used: %(error)s',
                        segment=segment.name,
                        error=error,
                    )
                ) from error

    @api.model_create_multi
    def create(self, vals_list):
        """Have the patients of a new segment looked up at once."""
        segments = super().create(vals_list)
        segments._wake_cron()
        return segments

    def write(self, vals):
        """Have the patients looked up anew when it is about others now."""
        if {'domain', 'company_id'} & vals.keys():
            vals = vals | {'refreshed_at': False}
        result = super().write(vals)
        if {'domain', 'company_id', 'active'} & vals.keys():
            self._wake_cron()
        return result

    def _wake_cron(self):
        # sudo: scheduled jobs belong to the system
        self.env.ref('healthcare_crm.ir_cron_segment').sudo()._trigger()

    def _get_domain(self):
        """Return the condition, about patients of the segment's clinics only."""
        self.ensure_one()
        # sudo: which branches a clinic has is no secret to somebody who may see its segments
        clinics = self.env['res.company'].sudo().search([('id', 'child_of', self.company_id.ids)])
        return (
            Domain('is_patient', '=', True)
            & Domain('company_id', 'in', [False, *clinics.ids])
            & Domain(literal_eval(self.domain))
        )

    def _refresh(self):
        """Make the stored members those who meet the condition now.

        In one statement, whatever the number of patients; what did not change is not written.

        :return: ids of the patients who entered, ids of those who left
        :rtype: tuple[list[int], list[int]]
        :raise LockError: it is being refreshed by somebody else
        """
        self.ensure_one()
        self.lock_for_update()
        started = time.monotonic()
        self.env.flush_all()
        # "today" is the clinic's
        patients = self.env['res.partner'].with_context(
            tz=self.company_id.resource_calendar_id.tz or 'UTC'
        )
        # sudo: the author's right to the condition's fields was checked when it was written
        query = patients.sudo()._search(self._get_domain())
        now = fields.Datetime.now()
        ((entered, left, count),) = self.env.execute_query(
            SQL(
                """
                WITH eligible AS MATERIALIZED (%(eligible)s),
                member AS MATERIALIZED (
                    SELECT patient_id FROM healthcare_segment_member WHERE segment_id = %(segment)s
                ), gone AS (
                    DELETE FROM healthcare_segment_member AS former
                     USING (TABLE member EXCEPT TABLE eligible) AS other (patient_id)
                     WHERE former.segment_id = %(segment)s
                       AND former.patient_id = other.patient_id
                 RETURNING former.patient_id
                ), come AS (
                    INSERT INTO healthcare_segment_member (segment_id, patient_id, date)
                    SELECT %(segment)s, id, %(now)s
                      FROM (TABLE eligible EXCEPT TABLE member) AS new (id)
                 RETURNING patient_id
                )
                SELECT COALESCE((SELECT array_agg(patient_id) FROM come), '{}'),
                       COALESCE((SELECT array_agg(patient_id) FROM gone), '{}'),
                       (SELECT count(*) FROM eligible)
                """,
                eligible=query.select(),
                segment=self.id,
                now=now,
            )
        )
        self.invalidate_recordset(['member_ids'])
        self.env['healthcare.segment.member'].invalidate_model()
        self.env['res.partner'].invalidate_model(['segment_member_ids'])
        self.write(
            {
                'patient_count': count,
                'refreshed_at': now,
                'duration': time.monotonic() - started,
                'failure': False,
                'revision': self.revision + bool(entered or left),
            }
        )
        if entered or left:
            self._membership_changed(entered, left)
        return entered, left

    def _membership_changed(self, entered_ids, left_ids):
        """Tell that patients entered and left, in the transaction in which they did.

        Other addons extend it. There may be hundreds of thousands of ids.
        """

    def action_refresh(self):
        """Look up the patients now."""
        self.check_access('write')
        for segment in self:
            try:
                # sudo: members are written by the software alone
                segment.sudo()._refresh()
            except LockError as error:
                raise UserError(
                    self.env._(
                        'The patients of "%s" are being looked up right now. Try again in a '
                        "minute.",
                        segment.name,
                    )
                ) from error
        return True

    def action_open_patients(self):
        """Show the patients of this segment."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.res_partner_action_patient'
        )
        return action | {
            'name': self.name,
            'path': False,
            'domain': [('segment_member_ids.segment_id', '=', self.id)],
        }

    @api.model
    def _cron_refresh(self):
        """Refresh what is stale; a segment that cannot be refreshed does not stop the others."""
        commit = self.env['ir.cron']._commit_progress
        stale = self.search(
            Domain('refreshed_at', '=', False)
            | Domain('refreshed_at', '<', fields.Datetime.now() - FRESH_FOR),
            # the oldest first: should time run out, nobody is always last
            order='refreshed_at NULLS FIRST, id',
        )
        commit(remaining=len(stale))
        for segment in stale:
            segment._refresh_isolated()
            if not commit(1):
                break

    def _refresh_isolated(self):
        """Refresh; should that be impossible, say why on the segment."""
        try:
            with self.env.cr.savepoint():
                self._refresh()
        except LockError:
            _logger.info('Segment %s is being refreshed by somebody else', self.id)
        except Exception as error:  # a field of its condition may have gone with another addon
            _logger.warning('Segment %s cannot be refreshed', self.id, exc_info=True)
            self.failure = str(error)
