from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL

from ..matching.normalize import family_latin, name_parts
from ..sensitive import GROUP_PRIVACY
from .healthcare_audit_event import RecordedMany2one

POSITION = 'healthcare_crm.audit_found_upto'
BATCH = 100_000  # rows looked through at once
TARGETED = 3  # a look at more patients than this was at a list, not at one of them
COMMON = 0.02  # share of the patients above which a family name alone tells nothing
SAMPLE = 2_000  # patients whose names tell which family names are common
SPARE_HOURS = 1  # before opening and after closing
FEW = 30  # patients a day that are never unusual
TIMES = 3  # the usual number of patients


class HealthcareAuditFinding(models.Model):
    """Access to patients that a privacy officer should have an eye on."""

    _name = 'healthcare.audit.finding'
    _description = "Unusual Access"
    _order = 'day desc, id desc'
    _rec_name = 'kind'

    kind = fields.Selection(
        [
            ('family_name', "Own family name"),
            ('vip', "Well-known patient"),
            ('hours', "Outside opening hours"),
            ('volume', "Unusually many patients"),
            ('break_glass', "Broke the glass"),
        ],
        "Why",
        required=True,
        readonly=True,
    )
    user_id = RecordedMany2one('res.users', "Who", required=True, readonly=True)
    patient_id = fields.Many2one(
        'res.partner',
        "Whom",
        readonly=True,
        ondelete='cascade',
        index='btree_not_null',
        groups=GROUP_PRIVACY,
    )
    company_id = RecordedMany2one('res.company', "Clinic", readonly=True)
    day = fields.Date(required=True, readonly=True)
    look_count = fields.Integer("Looks", readonly=True)
    usual = fields.Float("Usual for Them", readonly=True, digits=(16, 1))
    usual_of_role = fields.Float("Usual for Their Role", readonly=True, digits=(16, 1))
    state = fields.Selection(
        [('new', "To review"), ('explained', "Explained"), ('incident', "Privacy Incident")],
        default='new',
        required=True,
        readonly=True,
    )
    note = fields.Text("What It Was", groups=GROUP_PRIVACY)
    reviewed_by_id = fields.Many2one('res.users', "Reviewed By", readonly=True)
    reviewed_at = fields.Datetime("Reviewed On", readonly=True)

    _once_idx = models.UniqueIndex("(kind, user_id, day, coalesce(patient_id, 0))")
    _state_idx = models.Index("(state, day)")

    def action_explain(self):
        """Say that somebody had a good reason."""
        self._review('explained')

    def action_incident(self):
        """Say that nobody had a good reason."""
        self._review('incident')

    def _review(self, state):
        self.check_access('write')
        self.write(
            {
                'state': state,
                'reviewed_by_id': self.env.uid,
                'reviewed_at': fields.Datetime.now(),
            }
        )

    def action_view_looks(self):
        """Open the looks that it is about."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.healthcare_audit_event_action'
        )
        start = fields.Datetime.to_datetime(self.day)
        action['context'] = {}
        action['domain'] = [
            ('user_id', '=', self.user_id.id),
            ('recorded_at', '>=', start),
            ('recorded_at', '<', fields.Datetime.add(start, days=1)),
        ]
        if self.patient_id:
            action['domain'].append(('patient_ids', 'in', self.patient_id.ids))
        return action

    # ------------------------------------------------------------ finding

    @api.model
    def _cron_find(self):
        """Look through the rows written since the last time, in batches."""
        parameters = self.env['ir.config_parameter'].sudo()
        start = int(parameters.get_param(POSITION, 0))
        query = SQL("SELECT coalesce(max(id), 0) FROM healthcare_audit_event")
        ((last,),) = self.env.execute_query(query)
        while start < last:
            end = min(start + BATCH, last)
            self._find(start, end)
            parameters.set_param(POSITION, end)
            start = end
            if not self.env['ir.cron']._commit_progress(end - start, remaining=last - end):
                break

    @api.model
    def _find(self, start, end):
        """Find what is unusual in the rows above ``start`` and up to ``end``."""
        rows = SQL(
            """
                SELECT e.id, e.user_id, e.company_id, e.action, e.recorded_at, e.patient_count,
                       patient_id
                  FROM healthcare_audit_event e, unnest(e.patients) patient_id
                 WHERE e.id > %s AND e.id <= %s
            """,
            start,
            end,
        )
        for find in (self._find_vip, self._find_broken_glass, self._find_hours):
            find(rows)
        self._find_family_names(rows)
        self._find_volume(rows)

    def _insert(self, kind, looks):
        """Keep what was found.

        :param SQL looks: ``(user_id, patient_id, company_id, day, count)``
        """
        self.env.execute_query(
            SQL(
                """
                    INSERT INTO healthcare_audit_finding AS known
                        (kind, user_id, patient_id, company_id, day, look_count, state)
                    SELECT %s, user_id, patient_id, company_id, day, looks, 'new'
                      FROM (%s) found (user_id, patient_id, company_id, day, looks)
                        ON CONFLICT (kind, user_id, day, coalesce(patient_id, 0)) DO UPDATE
                       SET look_count = known.look_count + EXCLUDED.look_count
                 RETURNING id
                """,
                kind,
                looks,
            )
        )
        self.invalidate_model()

    def _find_vip(self, rows):
        """Well-known patients, by whoever does not care for them."""
        self._insert(
            'vip',
            SQL(
                """
                    SELECT row.user_id, row.patient_id, min(row.company_id),
                           row.recorded_at::date, count(DISTINCT row.id)
                      FROM (%s) row JOIN res_partner patient ON patient.id = row.patient_id
                     WHERE patient.is_vip AND row.patient_count <= %s AND %s
                  GROUP BY row.user_id, row.patient_id, row.recorded_at::date
                """,
                rows,
                TARGETED,
                self._cares_not(),
            ),
        )

    def _find_broken_glass(self, rows):
        self._insert(
            'break_glass',
            SQL(
                """
                    SELECT row.user_id, row.patient_id, min(row.company_id),
                           row.recorded_at::date, count(*)
                      FROM (%s) row JOIN res_partner patient ON patient.id = row.patient_id
                     WHERE row.action = 'break_glass'
                  GROUP BY row.user_id, row.patient_id, row.recorded_at::date
                """,
                rows,
            ),
        )

    def _find_hours(self, rows):
        """Outside the opening hours of the clinic, where it has told them."""
        self._insert(
            'hours',
            SQL(
                """
                    SELECT row.user_id, NULL::integer, min(row.company_id),
                           row.recorded_at::date, count(DISTINCT row.id)
                      FROM (
                            SELECT row.*, calendar.id AS calendar_id,
                                   row.recorded_at AT TIME ZONE 'UTC'
                                                   AT TIME ZONE calendar.tz AS here
                              FROM (%s) row
                              JOIN res_company company ON company.id = row.company_id
                              JOIN resource_calendar calendar
                                ON calendar.id = company.resource_calendar_id
                           ) row
                     WHERE EXISTS (
                               SELECT FROM resource_calendar_attendance
                                WHERE calendar_id = row.calendar_id
                           )
                       AND NOT EXISTS (
                               SELECT FROM resource_calendar_attendance open
                                WHERE open.calendar_id = row.calendar_id
                                  AND open.dayofweek::integer = extract(isodow FROM here) - 1
                                  AND extract(epoch FROM here::time) / 3600
                                      BETWEEN open.hour_from - %s AND open.hour_to + %s
                           )
                  GROUP BY row.user_id, row.recorded_at::date
                """,
                rows,
                SPARE_HOURS,
                SPARE_HOURS,
            ),
        )

    def _find_family_names(self, rows):
        """Patients of the user's own family name; of a common one, only neighbours and such."""
        pairs = self.env.execute_query(
            SQL(
                """
                    SELECT row.user_id, row.patient_id, row.company_id,
                           row.recorded_at::date::text,
                           count(DISTINCT row.id),
                           patient.name, person.name,
                           patient.phone_sanitized = person.phone_sanitized
                           OR patient.email_normalized = person.email_normalized
                           OR (patient.street, patient.city) = (person.street, person.city)
                      FROM (%s) row
                      JOIN res_users users ON users.id = row.user_id
                      JOIN res_partner person ON person.id = users.partner_id
                      JOIN res_partner patient ON patient.id = row.patient_id
                     WHERE row.patient_count <= %s AND patient.id != person.id
                  GROUP BY row.user_id, row.patient_id, row.company_id, row.recorded_at::date,
                           patient.id, person.id
                """,
                rows,
                TARGETED,
            )
        )
        related = [pair for pair in pairs if _family(pair[5]) == _family(pair[6]) != '']
        if not related:
            return
        common = self._get_common_families()
        found = [
            SQL("(%s, %s, %s, %s::date, %s)", *pair[:5])
            for pair in related
            if pair[7] or _family(pair[5]) not in common
        ]
        if found:
            self._insert('family_name', SQL("VALUES %s", SQL(', ').join(found)))

    def _get_common_families(self):
        names = self.env.execute_query(
            SQL("SELECT name FROM res_partner WHERE is_patient ORDER BY id DESC LIMIT %s", SAMPLE)
        )
        counts = Counter(_family(name) for (name,) in names)
        return {family for family, count in counts.items() if count > max(COMMON * len(names), 1)}

    def _find_volume(self, rows):
        """More patients in a day than is usual for this user and for the role."""
        Daily = self.env['healthcare.audit.daily']
        days = Daily._refresh(rows)
        if not days:
            return
        self.env.execute_query(
            SQL(
                """
                    INSERT INTO healthcare_audit_finding
                        (kind, user_id, company_id, day, look_count, usual, usual_of_role, state)
                    SELECT 'volume', today.user_id, today.company_id, today.day,
                           today.patient_count, own.usual, role.usual, 'new'
                      FROM healthcare_audit_daily today
                LEFT JOIN LATERAL (
                           SELECT avg(patient_count) AS usual FROM healthcare_audit_daily past
                            WHERE past.user_id = today.user_id
                              AND past.day BETWEEN today.day - 28 AND today.day - 1
                           ) own ON TRUE
                LEFT JOIN LATERAL (
                           SELECT avg(patient_count) AS usual FROM healthcare_audit_daily past
                            WHERE past.roles = today.roles
                              AND past.user_id != today.user_id
                              AND past.day BETWEEN today.day - 28 AND today.day
                           ) role ON TRUE
                     WHERE today.day = ANY(%s::date[])
                       AND today.patient_count > %s
                       AND today.patient_count > %s * coalesce(own.usual, role.usual)
                       AND today.patient_count > %s * coalesce(role.usual, own.usual)
                        ON CONFLICT (kind, user_id, day, coalesce(patient_id, 0)) DO UPDATE
                       SET look_count = EXCLUDED.look_count
                 RETURNING id
                """,
                days,
                FEW,
                TIMES,
                TIMES,
            )
        )
        self.invalidate_model()

    def _cares_not(self):
        """Return the condition that the user of a row does not care for its patient."""
        return SQL(
            """
                NOT EXISTS (
                    SELECT FROM (%s) care
                     WHERE care.user_id = row.user_id AND care.patient_id = row.patient_id
                )
            """,
            self.env['healthcare.care.relation']._table_query,
        )


def _family(name):
    return family_latin(name_parts(name or '')[0])
