import time
from contextlib import contextmanager

from psycopg2.errors import QueryCanceled

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from ..segmenting import Scope

#: How long somebody at the form waits for a number, in seconds.
PATIENCE = 5
SAMPLE = 10


class HealthcareSegment(models.Model):
    """Count while somebody writes, before anything is saved."""

    _inherit = 'healthcare.segment'

    @api.model
    def count_now(self, segment_id, changes):
        """Return how many patients meet what is asked, as the form has it.

        :param segment_id: of the segment that is open; false for a new one
        :param dict changes: what was changed in the form, as it would be saved
        :return: ``{count, seconds, text}``, or ``{problem}``, a sentence
        """
        return self._now(segment_id, changes, lambda segment, scope: segment._count_all(scope))

    @api.model
    def funnel_now(self, segment_id, changes):
        """Return how many patients each condition alone leaves.

        :return: ``{all, parts: [{sentence, count}]}``, or ``{problem}``
        """
        return self._now(segment_id, changes, lambda segment, scope: segment._count_each(scope))

    @api.model
    def sample_now(self, segment_id, changes):
        """Return ten of the patients; for those who may know who is in a segment.

        :return: ``{patients: [{id, name, detail}]}``, or ``{problem}``
        """
        self._check_reads_members()
        return self._now(segment_id, changes, lambda segment, scope: segment._get_sample(scope))

    def _now(self, segment_id, changes, work):
        """Do ``work`` with the segment as the form has it, or say why that is not possible."""
        # an author's tool: whoever could not save it has no business counting with it
        self.check_access('create')
        origin = self.browse(segment_id if isinstance(segment_id, int) else ()).exists()
        origin.check_access('read')
        origin._check_nothing_hidden()
        try:
            segment = self._from_form(origin, changes)
        except (ValueError, TypeError, AttributeError, LookupError):  # it comes from anywhere
            return {'problem': self.env._("The conditions could not be read.")}
        segment._check_clinic()
        try:
            incomplete = segment.condition_ids.filtered(
                lambda one: not one.kind or one._get_missing()
            )
            if incomplete:
                return {'problem': self.env._("A condition is not complete yet.")}
            scope = Scope.of(self.env, segment.company_id)
            segment._get_domain(scope)
            self.env.flush_all()
            with self._limited():
                return work(segment, scope.sudo().in_care())
        except QueryCanceled:
            return {
                'problem': self.env._(
                    "Counting took more than %s seconds and was stopped. Save the segment: its "
                    "patients are looked up in the background, where there is more time.",
                    PATIENCE,
                )
            }
        except AccessError:
            return {'problem': self.env._("It asks for something you may not read.")}
        except (UserError, ValueError, SyntaxError, TypeError, KeyError) as error:
            return {'problem': str(error)}

    def _from_form(self, origin, changes):
        """Return the segment with unsaved values."""
        known = {name: value for name, value in changes.items() if name in self._form_fields()}
        values = known if origin else self.default_get(list(self._form_fields())) | known
        return self.new(values, origin=origin)

    def _check_clinic(self):
        """Refuse to count the patients of a clinic that is not this user's.

        :raise AccessError: it is not
        """
        allowed = self.env['res.company'].search([('id', 'child_of', self.env.companies.ids)])
        if self.company_id._origin not in allowed:
            raise AccessError(self.env._("You do not work for this clinic."))

    @api.model
    def _form_fields(self):
        return ('name', 'company_id', 'match', 'condition_ids', 'domain', 'with_deceased')

    @contextmanager
    def _limited(self):
        """Stop a statement that runs for too long; nothing of it stays."""
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            self._set_limits()
            self.env.cr.execute(SQL("SET LOCAL statement_timeout = %s", f"{PATIENCE}s"))
            yield
        finally:
            try:
                savepoint.close(rollback=True)
            except QueryCanceled:  # the time was up just now
                savepoint.close(rollback=True)

    def _count(self, domain, scope):
        query = scope.env['res.partner']._search(domain)
        self.env.cr.execute(
            SQL(
                'SELECT count(*) FROM %s WHERE %s',
                query.from_clause,
                query.where_clause or SQL('TRUE'),
            ),
            log_exceptions=False,
        )
        return self.env.cr.fetchone()[0]

    def _count_all(self, scope):
        started = time.monotonic()
        count = self._count(self._get_domain(scope), scope)
        seconds = time.monotonic() - started
        return {'count': count, 'seconds': seconds, 'text': self._tell_count(count, seconds)}

    def _tell_count(self, count, seconds):
        """Return "12,345 patients · 0.4 s"."""
        number, time_taken = self._tell_number(count), formatLang(self.env, seconds, digits=1)
        if count == 1:
            return self.env._("1 patient · %(seconds)s s", seconds=time_taken)
        return self.env._("%(count)s patients · %(seconds)s s", count=number, seconds=time_taken)

    def _tell_number(self, count):
        return formatLang(self.env, count, digits=0)

    def _count_each(self, scope):
        base = self._get_base(scope)
        counted = [
            (condition.sentence or self.env._("More conditions"), self._count(base & domain, scope))
            for condition, domain in self._get_parts(scope)
        ]
        return {
            'all': self._count(base, scope),
            'parts': [
                {'sentence': sentence, 'count': count, 'text': self._tell_number(count)}
                for sentence, count in counted
            ],
        }

    def _tell_patient(self, patient):
        """Return "45 years, P00012"."""
        age = patient.birth_date and self.env._("%s years", patient.age)
        return ', '.join(part for part in (age, patient.patient_number) if part)

    def _get_sample(self, scope):
        patients = scope.env['res.partner'].search(self._get_domain(scope), limit=SAMPLE)
        # with the rights of the user: a rule may keep a patient from them
        mine = self.env['res.partner'].search(Domain('id', 'in', patients.ids))
        self.env['healthcare.audit']._record_shown(mine, 'segment')
        return {
            'patients': [
                {
                    'id': patient.id,
                    'name': patient.name,
                    'detail': self._tell_patient(patient),
                }
                for patient in mine
            ]
        }
