import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..watching import watch
from .calendar_event import VISITS

_logger = logging.getLogger(__name__)

FUNCTION = 'healthcare_visit_tally_mark'
_VISIT = f'SELECT id, patient_id, company_id, start FROM %s {VISITS}'
_GONE, _ARRIVED = _VISIT % 'gone', _VISIT % 'arrived'
_MARK = """
        INSERT INTO healthcare_visit_tally (patient_id, last)
        SELECT DISTINCT patient_id, timestamp 'infinity'
          FROM (%s) AS visit WHERE patient_id IS NOT NULL;"""
_BODY = f"""
BEGIN
    IF TG_OP = 'INSERT' THEN {_MARK % _ARRIVED}
    ELSIF TG_OP = 'DELETE' THEN {_MARK % _GONE}
    ELSE {_MARK % f'({_GONE} EXCEPT {_ARRIVED}) UNION ALL ({_ARRIVED} EXCEPT {_GONE})'}
    END IF;
    RETURN NULL;
END
"""
_COLUMNS = 'patient_id, company_id, is_several, visits, first, last'
_COUNTED = f"""
    SELECT patient_id, CASE WHEN min(clinic) = max(clinic) THEN min(company_id) END,
           min(clinic) <> max(clinic), count(*)::int, min(start), max(start)
      FROM (SELECT *, COALESCE(company_id, 0) AS clinic FROM calendar_event {VISITS}) AS visit
     WHERE %s GROUP BY patient_id
"""


class HealthcareVisitTally(models.Model):
    """How many visits a patient made, the first and the last; written in SQL only.

    Whatever changes a visit, in whatever way, makes PostgreSQL add a mark: a row without a number,
    whose last visit is at infinity. Whoever reads counts the visits of marked patients themselves,
    so that what they read is always true; the scheduled job counts them and takes the marks away.
    Marks are only ever added, so that nobody who writes waits for anybody else.
    """

    _name = 'healthcare.visit.tally'
    _description = "Tally of Visits"
    _log_access = False
    _order = 'id'
    _rec_name = 'patient_id'

    patient_id = fields.Many2one(
        'res.partner', required=True, ondelete='cascade', index=True, groups=fields.NO_ACCESS
    )
    # of all visits, if there is one; what they come to in one of several clinics is not kept
    company_id = fields.Many2one('res.company', ondelete='cascade', groups=fields.NO_ACCESS)
    is_several = fields.Boolean(groups=fields.NO_ACCESS)
    visits = fields.Integer(groups=fields.NO_ACCESS)
    first = fields.Datetime(groups=fields.NO_ACCESS)
    last = fields.Datetime(index=True, groups=fields.NO_ACCESS)

    _patient_uniq = models.UniqueIndex(
        '(patient_id) WHERE visits IS NOT NULL', "One tally of a patient."
    )
    _several_idx = models.Index('(patient_id) WHERE is_several')

    def init(self):
        """Watch the visits."""
        result = super().init()
        # not before calendar events have the columns
        self.pool.post_init(self._watch)
        return result

    @api.model
    def _watch(self):
        """Have changes marked; what happened while nobody watched is counted now."""
        if watch(self.env.cr, 'calendar_event', FUNCTION, _BODY):
            self._mark_differing()
            self._count()

    @api.model
    def _mark_differing(self):
        """Mark the patients whose tally is not what their visits come to.

        :return: how many there were
        :rtype: int
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO healthcare_visit_tally (patient_id, last)
                SELECT DISTINCT patient_id, timestamp 'infinity'
                  FROM ((%(counted)s EXCEPT ALL %(kept)s) UNION ALL
                        (%(kept)s EXCEPT ALL %(counted)s)) AS differing
                 WHERE NOT EXISTS (
                    SELECT FROM healthcare_visit_tally AS mark
                     WHERE mark.patient_id = differing.patient_id AND mark.visits IS NULL)
                """,
                counted=SQL(_COUNTED % 'patient_id IS NOT NULL'),
                kept=SQL(
                    'SELECT %s FROM healthcare_visit_tally WHERE visits IS NOT NULL', SQL(_COLUMNS)
                ),
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _count(self):
        """Count the visits of marked patients, and take the marks away.

        A mark of a transaction that has not ended yet is not seen, nor are its visits: it stays.
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            DELETE FROM healthcare_visit_tally
             WHERE visits IS NOT NULL
               AND patient_id IN (
                SELECT patient_id FROM healthcare_visit_tally WHERE visits IS NULL)
            """
        )
        self.env.cr.execute(
            SQL(
                """
                WITH marked AS (
                    DELETE FROM healthcare_visit_tally WHERE visits IS NULL RETURNING patient_id
                )
                INSERT INTO healthcare_visit_tally (%s) %s
                """,
                SQL(_COLUMNS),
                SQL(_COUNTED % 'patient_id IN (SELECT patient_id FROM marked)'),
            )
        )
        self.invalidate_model()

    @api.model
    def _cron_check(self):
        """Count anew what, against all expectation, is wrong."""
        if wrong := self._mark_differing():
            _logger.warning("The tally of visits was wrong for %s patients", wrong)
        self._count()
