from odoo import api, fields, models
from odoo.tools import SQL

from ..steps import Steps
from .account_move import PAID
from .loyalty_program import BIRTHDAY_DAYS

#: Causes that are looked at in one transaction.
BATCH = 20_000
#: The first day of the period, of a limit, in which a day is.
PERIOD = """
    CASE cap_period WHEN 'ever' THEN '-infinity'::date
                    ELSE date_trunc(cap_period, %s)::date END
"""
#: What records earn that nothing is paid for.
_NOTHING_PAID = 'SELECT NULL::int, NULL::numeric WHERE FALSE AND 0 = ANY(%(ids)s)'


class HealthcareLoyaltyCause(models.Model):
    """Something that may earn points, or not any more, and is to be looked at.

    Whoever changes a visit notes it here. :meth:`_process` then compares what is true with what
    was given, in SQL: noted twice, or run twice, it gives nothing twice.
    """

    _name = 'healthcare.loyalty.cause'
    _description = "Cause of Points"
    _log_access = False

    kind = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(required=True, readonly=True)

    _kind_idx = models.Index('(kind, id)')

    @api.model
    def _note(self, kind, ids):
        """Have it looked at again what some records earn.

        :param str kind: a key of :meth:`_get_sources`
        """
        if ids:
            self.env.cr.execute(
                SQL(
                    'INSERT INTO healthcare_loyalty_cause (kind, res_id) '
                    'SELECT %s, unnest(%s::int[])',
                    kind,
                    list(ids),
                )
            )

    @api.model
    def _get_sources(self):
        """Return ``{kind: (model, SQL)}`` of what earns points; the model if a movement names it.

        The SQL selects, of the records ``%(ids)s``, those that do: ``res_id``, ``event`` (of an
        earning), ``patient_id``, ``company_id``, ``happened_at``, ``service_id`` and ``part``,
        which tells apart what one record earns several times. ``happened_at`` is a time in UTC, or
        a date; ``company_id`` is NULL where it is about somebody, at whatever clinic of the
        membership. What was paid, see :meth:`_get_amounts`.
        """
        return {
            'visit': (
                'calendar.event',
                """
                SELECT visit.id AS res_id, happened.event, visit.patient_id, visit.company_id,
                       visit.start AS happened_at, visit.service_id, '' AS part
                  FROM calendar_event visit
            CROSS JOIN (VALUES ('visit'), ('on_time'), ('checkup')) AS happened (event)
                 WHERE visit.id = ANY(%(ids)s) AND visit.is_appointment AND visit.active
                   AND visit.appointment_status = 'fulfilled'
                   AND (happened.event <> 'on_time' OR visit.arrived_at <= visit.start)
                   AND (happened.event <> 'checkup' OR EXISTS (
                       SELECT FROM healthcare_service service
                        WHERE service.id = visit.service_id AND service.is_checkup))
                """,
            ),
            'card': (
                'loyalty.card',
                """
                SELECT card.id, 'joining', card.partner_id, card.company_id,
                       card.joined_on, NULL::int, ''
                  FROM loyalty_card card WHERE card.id = ANY(%(ids)s)
                """,
            ),
            'purchase': (
                'account.move',
                f"""
                SELECT paid.id, 'purchase', paid.patient_id, paid.company_id,
                       paid.date, NULL::int, ''
                  FROM ({PAID} AND invoice.id = ANY(%(ids)s)) AS paid WHERE paid.amount > 0
                """,
            ),
            'birthday': (
                'res.partner',
                f"""
                SELECT patient.id, 'birthday', patient.id, NULL::int, birthday.day, NULL::int,
                       ':' || date_part('year', birthday.day)
                  FROM res_partner patient
            CROSS JOIN LATERAL (
                       -- at whatever clinic a day begins first
                       SELECT (now() AT TIME ZONE 'UTC' + interval '14 hours')::date AS day
                       ) today
            CROSS JOIN LATERAL (
                       SELECT (patient.birth_date + make_interval(years => (
                                  date_part('year', today.day) - ago
                                  - date_part('year', patient.birth_date))::int))::date AS day
                         FROM (VALUES (0), (1)) AS years (ago)
                       ) birthday
                 WHERE patient.id = ANY(%(ids)s) AND patient.active
                   AND patient.deceased IS NOT TRUE
                   AND birthday.day > patient.birth_date AND birthday.day <= today.day
                   AND birthday.day >= today.day - {BIRTHDAY_DAYS}
                """,
            ),
        }

    @api.model
    def _get_amounts(self):
        """Return ``{kind: SQL}`` of what was paid, where points are given by amount.

        The SQL selects, of the records ``%(ids)s``, ``res_id`` and the amount in the currency of
        its clinic.
        """
        return {
            'visit': """
                SELECT appointment_id, SUM(amount) FROM healthcare_encounter
                 WHERE appointment_id = ANY(%(ids)s) AND status IN ('in-progress', 'finished')
              GROUP BY appointment_id
            """,
            'purchase': f"""
                SELECT paid.id, paid.amount
                  FROM ({PAID} AND invoice.id = ANY(%(ids)s)) AS paid
            """,
        }

    @api.model
    def _get_paid_events(self):
        """Return the events of which :meth:`_get_amounts` knows what was paid."""
        return {'visit', 'on_time', 'checkup', 'purchase'}

    @api.model
    def _cron_process(self):
        """Give and take back what the causes noted so far earn.

        A kind that fails waits for the next run, and holds no other one.
        """
        waiting = []
        with Steps(self.env) as do:
            while do.seconds_left and (kind := self._get_oldest_kind(waiting)):
                if not do(self._process, kind):
                    waiting.append(kind)
            if self._get_oldest_kind(waiting):
                # goes on at once, instead of at its next time
                self.env['ir.cron']._commit_progress(remaining=1)

    @api.model
    def _get_batch(self, kind):
        """Return how many causes of a kind are looked at in one transaction."""
        return BATCH

    @api.model
    def _get_oldest_kind(self, waiting=()):
        """Return the kind of the oldest cause that is not of a kind that waits."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                'SELECT kind FROM healthcare_loyalty_cause WHERE kind != ALL(%s) '
                'ORDER BY id LIMIT 1',
                list(waiting),
            )
        )
        return rows[0][0] if rows else None

    @api.model
    def _process(self, kind=None):
        """Look at the oldest causes, of one kind; return how many these were."""
        kind = kind or self._get_oldest_kind()
        if not kind:
            return 0
        rows = self.env.execute_query(
            SQL(
                'SELECT id, res_id FROM healthcare_loyalty_cause WHERE kind = %s '
                'ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED',
                kind,
                self._get_batch(kind),
            )
        )
        # in two statements: of a table that is empty most of the time PostgreSQL thinks that it
        # is, and joins it row by row
        self.env.cr.execute(
            SQL('DELETE FROM healthcare_loyalty_cause WHERE id = ANY(%s)', [row[0] for row in rows])
        )
        ids = sorted({row[1] for row in rows})
        if ids and kind in self._get_sources():
            self._apply(kind, ids)
        return len(rows)

    def _apply(self, kind, ids):
        """Give what records of a kind earn, and take back what they do not earn any more."""
        model, source = self._get_sources()[kind]
        self._collect_due(kind, source, ids)
        self.env['loyalty.card']._claw_back(self._find_undone(kind, ids))
        self._finish_giving(model, is_noted=True)

    def _finish_giving(self, model, is_noted=False):
        """Give what stands in the temporary table of :meth:`_collect_due`, and drop it.

        Whoever gives to the same card meanwhile fails at its row and begins anew, so that both
        count to one limit.

        :param bool is_noted: whether it can be noted again, when there is room below a limit
        """
        owing = self._give_due(model, is_noted)
        self.env.cr.execute(SQL('DROP TABLE healthcare_loyalty_due'))
        Card = self.env['loyalty.card']
        Card._forget()
        for card in Card.browse(owing):
            card._settle()

    def _collect_due(self, kind, source, ids, earnings=None):
        """Make the temporary table of what the records earn, a row for each member and earning.

        ``card_id`` is where the points go: to the card of whoever shares theirs with the member
        ``member_id``. What was given before is there as well, though it would not be given now.

        :param earnings: ids of the only earnings that are looked at
        """
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE healthcare_loyalty_due ON COMMIT DROP AS
                  WITH source (res_id, event, patient_id, company_id, happened_at, service_id,
                               part) AS (%(source)s),
                       paid (res_id, amount) AS (%(amounts)s)
                SELECT COALESCE(card.purse_id, card.id) AS card_id, card.id AS member_id,
                       earning.id AS earning_id, program.id AS program_id,
                       %(kind)s || ':' || source.res_id || source.part AS cause, source.res_id,
                       source.happened_at, local.day, earning.cap, earning.cap_period,
                       program.day_cap, program.whole_points, owed.amount, owed.points,
                       COALESCE(earning.name->>patient.lang, earning.name->>'en_US') AS name,
                       CASE WHEN program.points_months > 0
                            THEN (local.day + make_interval(months => program.points_months))::date
                       END AS expires_on
                  FROM source
             LEFT JOIN paid ON paid.res_id = source.res_id
                  JOIN loyalty_card card ON card.partner_id = source.patient_id
                  JOIN res_partner patient ON patient.id = source.patient_id
                  JOIN loyalty_program program ON program.id = card.program_id
                       AND program.is_membership
                  JOIN healthcare_loyalty_earning earning ON earning.program_id = program.id
                       AND earning.event = source.event
             LEFT JOIN res_company owner ON owner.id = program.company_id
             LEFT JOIN res_company place
                       ON place.id = COALESCE(source.company_id, owner.id, patient.company_id)
             LEFT JOIN resource_calendar hours ON hours.id = place.resource_calendar_id
             LEFT JOIN loyalty_history given ON given.earning_id = earning.id
                       AND given.cause = %(kind)s || ':' || source.res_id || source.part
                       AND given.is_reversed IS NOT TRUE
                       AND COALESCE(given.by_card_id, given.card_id) = card.id
            CROSS JOIN LATERAL (
                       SELECT CASE WHEN pg_typeof(source.happened_at) = 'date'::regtype
                                   THEN source.happened_at::date
                                   ELSE (source.happened_at::timestamp AT TIME ZONE 'UTC'
                                         AT TIME ZONE COALESCE(hours.tz, 'UTC'))::date
                              END AS day
                       ) local
            CROSS JOIN LATERAL (
                       SELECT CASE WHEN earning.per_amount > 0 THEN COALESCE(paid.amount, 0)
                              END AS amount,
                              ROUND((CASE WHEN earning.per_amount > 0
                                          THEN GREATEST(0, FLOOR(COALESCE(paid.amount, 0)
                                                                 / earning.per_amount::numeric))
                                          ELSE 1 END * earning.points)::numeric, 2) AS points
                       ) owed
                 WHERE (owner.id IS NULL OR place.parent_path LIKE owner.parent_path || '%%')
                   AND (source.event <> 'joining' OR source.res_id = card.id)
                   -- what was given stays given when the clinic changes its mind about the future
                   AND (given.id IS NOT NULL OR (
                       card.active AND card.is_blocked IS NOT TRUE
                   AND program.active AND earning.active
                   AND local.day >= card.joined_on
                   AND local.day >= COALESCE(program.date_from, '-infinity')
                   AND local.day <= COALESCE(program.date_to, 'infinity')
                   AND local.day >= COALESCE(earning.date_from, '-infinity')
                   AND local.day <= COALESCE(earning.date_to, 'infinity')))
                   AND (%(earnings)s::int[] IS NULL OR earning.id = ANY(%(earnings)s))
                   AND (given.create_date < earning.services_since
                        OR NOT EXISTS (SELECT FROM healthcare_loyalty_earning_healthcare_service_rel
                                     WHERE healthcare_loyalty_earning_id = earning.id)
                        OR source.service_id IN (
                           SELECT healthcare_service_id
                             FROM healthcare_loyalty_earning_healthcare_service_rel
                            WHERE healthcare_loyalty_earning_id = earning.id))
                """,
                source=SQL(source, ids=ids),
                amounts=SQL(self._get_amounts().get(kind, _NOTHING_PAID), ids=ids),
                kind=kind,
                earnings=earnings,
            )
        )

    def _find_undone(self, kind, ids):
        """Return the ids of what was given for the records and is not due any more, or not so."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT movement.id
                  FROM unnest(%(ids)s::int[]) AS looked (res_id)
                  JOIN loyalty_history movement ON movement.cause = %(kind)s || ':' || looked.res_id
                   AND movement.is_reversed IS NOT TRUE
             LEFT JOIN healthcare_loyalty_due due ON due.cause = movement.cause
                   AND due.earning_id = movement.earning_id
                   AND due.member_id = COALESCE(movement.by_card_id, movement.card_id)
                 WHERE movement.earning_id IS NOT NULL
                   AND (due.card_id IS NULL OR due.amount <> movement.amount)
                """,
                ids=ids,
                kind=kind,
            )
        )
        return [id_ for (id_,) in rows]

    def _give_due(self, model, is_noted):
        """Give what is due and was not given yet, within limits; return the cards that owe points.

        Nobody is written down as who gave it: the earning and the cause are why.
        """
        has_limits = self._has_limits()
        rows = self.env.execute_query(
            SQL(
                """
                  WITH fresh AS (
                       SELECT due.* FROM healthcare_loyalty_due due
                        WHERE NOT EXISTS (
                              SELECT FROM loyalty_history movement
                               WHERE movement.cause = due.cause
                                 AND movement.earning_id = due.earning_id
                                 AND movement.is_reversed IS NOT TRUE)
                       ),
                       %(limits)s
                       counted AS (
                       SELECT due.*, CASE WHEN whole_points THEN FLOOR(ROUND(points::numeric, 2))
                                          ELSE ROUND(points::numeric, 2) END AS counted
                         FROM %(limited)s AS due
                       ),
                       %(cuts)s
                       given AS (
                       INSERT INTO loyalty_history (
                              card_id, by_card_id, kind, earning_id, cause, order_model, order_id,
                              date, description, issued, used, remaining, expires_on, amount,
                              create_date, write_date)
                       SELECT card_id, NULLIF(member_id, card_id), 'earn', earning_id, cause,
                              %(model)s::varchar,
                              CASE WHEN %(model)s::varchar IS NOT NULL THEN res_id END,
                              day, name, counted, 0, counted, expires_on, amount,
                              %(now)s, %(now)s
                         FROM counted WHERE counted > 0
                  ON CONFLICT (cause, earning_id)
                        WHERE cause IS NOT NULL AND is_reversed IS NOT TRUE DO NOTHING
                    RETURNING card_id, issued
                       ),
                       total AS (
                       SELECT card_id, SUM(issued) AS points FROM given GROUP BY card_id
                       )
                UPDATE loyalty_card card
                   SET points = ROUND((COALESCE(card.points, 0) + total.points)::numeric, 2)
                  FROM total WHERE card.id = total.card_id
             RETURNING card.id, card.owed
                """,
                limits=self._get_limits() if has_limits else SQL(),
                limited=SQL.identifier('limited' if has_limits else 'fresh'),
                cuts=self._get_cuts() if has_limits and is_noted else SQL(),
                model=model,
                now=fields.Datetime.now(),
            )
        )
        return sorted(id_ for id_, owed in rows if owed)

    def _has_limits(self):
        return bool(
            self.env.execute_query(
                SQL('SELECT FROM healthcare_loyalty_due WHERE cap > 0 OR day_cap > 0 LIMIT 1')
            )
        )

    def _get_limits(self):
        """Return the SQL that cuts what is due to the limits of its earning, then of a day."""
        return SQL(
            '%s, %s,',
            self._cut('fresh', 'of_earning', 'cap', 'earning_id', PERIOD),
            self._cut('of_earning', 'limited', 'day_cap', 'program_id', '%s'),
        )

    def _get_cuts(self):
        """Return the SQL that remembers what a limit cut."""
        return SQL(
            """
            cuts AS (
            INSERT INTO healthcare_loyalty_cut (card_id, earning_id, cause, day, points)
            SELECT DISTINCT ON (cause, earning_id)
                   member_id, earning_id, cause, fresh.day, fresh.points
              FROM fresh JOIN counted USING (member_id, earning_id, cause)
             WHERE counted.counted < fresh.points
       ON CONFLICT (cause, earning_id) DO UPDATE
               SET card_id = EXCLUDED.card_id, day = EXCLUDED.day, points = EXCLUDED.points
            ),
            """
        )

    def _cut(self, given, result, cap, what, period):
        """Return the SQL of a table whose points stay below a limit for each card and period.

        :param str given: name of the table that is cut
        :param str result: name of what comes of it
        :param str cap: column with the limit; 0 for none
        :param str what: column with what has the limit
        :param str period: SQL of the period in which a day ``%s`` is
        """
        return SQL(
            """
            %(result)s AS (
            SELECT due.card_id, due.member_id, due.earning_id, due.program_id, due.cause,
                   due.res_id, due.happened_at, due.day, due.cap, due.cap_period, due.day_cap,
                   due.whole_points, due.name, due.amount, due.expires_on,
                   CASE WHEN due.%(cap)s > 0 THEN
                        GREATEST(0, LEAST(due.points, due.%(cap)s - before.points - (
                            SUM(due.points) OVER earlier - due.points)))
                        ELSE due.points END AS points
              FROM %(given)s due
         LEFT JOIN LATERAL (
                   SELECT COALESCE(SUM(movement.issued), 0) AS points
                     FROM loyalty_history movement
                    WHERE due.%(cap)s > 0 AND (
                          movement.card_id = due.member_id OR movement.by_card_id = due.member_id)
                      AND COALESCE(movement.by_card_id, movement.card_id) = due.member_id
                      AND movement.kind = 'earn' AND movement.is_reversed IS NOT TRUE
                      AND %(is_of)s AND %(then)s = %(period)s
                   ) before ON TRUE
            WINDOW earlier AS (
                   PARTITION BY due.member_id, due.%(what)s, %(period)s
                       ORDER BY due.happened_at, due.cause, due.earning_id
                           ROWS UNBOUNDED PRECEDING)
            )
            """,
            result=SQL.identifier(result),
            given=SQL.identifier(given),
            cap=SQL.identifier(cap),
            what=SQL.identifier(what),
            is_of=SQL('movement.earning_id = due.earning_id' if given == 'fresh' else 'TRUE'),
            then=SQL(period, SQL('movement.date')),
            period=SQL(period, SQL('due.day')),
        )
