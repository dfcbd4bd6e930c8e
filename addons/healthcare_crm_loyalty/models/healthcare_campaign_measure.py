from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.healthcare_crm.models.calendar_event import VISITED_STATUSES

from .account_move import PAID, PAID_STATES

#: what an address of a channel is
ADDRESSES = {
    'email': SQL("COALESCE(patient.email_normalized, '') <> ''"),
    'sms': SQL("COALESCE(patient.phone_sanitized, '') <> ''"),
    'call': SQL("COALESCE(patient.phone_sanitized, '') <> ''"),
    'letter': SQL(
        "COALESCE(patient.street, '') <> '' "
        "AND COALESCE(NULLIF(patient.city, ''), NULLIF(patient.zip, '')) IS NOT NULL"
    ),
}
#: figures of those who were chosen
ARMS = {'addressed_count', 'held_count'}
#: figures that are parts of others
WHOLES = {
    'contacted_count': ('addressed_count',),
    'response_count': ('addressed_count', 'came_count'),
    'conversion_count': ('addressed_count', 'came_count'),
    'addressed_conversion_count': ('addressed_count',),
    'held_conversion_count': ('held_count',),
    'repeat_count': ('conversion_count',),
}
#: Who is kept out follows from the campaign's key and the patient, and from nothing else.
_IS_HELD = SQL(
    "('x' || left(md5(campaign.holdout_key || ':' || patient.id), 8))::bit(32)::bigint %% 100 "
    '< campaign.holdout_percent'
)


class HealthcareCampaign(models.Model):
    """Who takes part in a campaign, and what they do: in SQL, for a million of them."""

    _inherit = 'healthcare.campaign'

    # ------------------------------------------------------------ who

    def _choose_participants(self, only_known=False):
        """Add who is in the segments now; who is there already stays as they were chosen.

        Who could not be reached and can be now is chosen like the others. Who came by a code
        before stays one who came.

        :param bool only_known: nobody is added
        :return: how many were added or can be reached now
        """
        self.ensure_one()
        if self.channel == 'public' or not self.segment_ids:
            return 0
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO healthcare_campaign_participant AS known (
                       campaign_id, patient_id, arm, obstacle, since)
                SELECT campaign.id, chosen.patient_id, chosen.arm, chosen.obstacle, %(now)s
                  FROM healthcare_campaign campaign CROSS JOIN LATERAL (%(chosen)s) chosen
                 WHERE campaign.id = %(id)s AND %(wanted)s
                    ON CONFLICT (campaign_id, patient_id) DO UPDATE
                       SET arm = excluded.arm, obstacle = excluded.obstacle, since = excluded.since
                     WHERE known.arm = 'unreached' AND excluded.arm <> 'unreached'
                """,
                id=self.id,
                now=fields.Datetime.now(),
                chosen=self._get_chosen(),
                wanted=SQL(
                    'EXISTS (SELECT FROM healthcare_campaign_participant part '
                    'WHERE part.campaign_id = campaign.id AND part.patient_id = chosen.patient_id)'
                )
                if only_known
                else SQL('TRUE'),
            )
        )
        count = self.env.cr.rowcount
        self.env['healthcare.campaign.participant'].invalidate_model()
        return count

    def _get_chosen(self):
        """Return the SQL of ``patient_id, arm, obstacle`` of all it is meant for, of a
        ``campaign``."""
        return SQL(
            """
            SELECT patient.id AS patient_id, kept.obstacle,
                   CASE WHEN kept.obstacle IS NOT NULL THEN 'unreached'
                        WHEN %(is_held)s THEN 'held' ELSE 'addressed' END AS arm
              FROM (SELECT patient_id FROM healthcare_segment_member
                     WHERE segment_id = ANY(%(segments)s)
                    EXCEPT
                    SELECT patient_id FROM healthcare_segment_member
                     WHERE segment_id = ANY(%(excluded)s)
                   ) member
              JOIN res_partner patient ON patient.id = member.patient_id
              %(kept)s
            """,
            is_held=_IS_HELD,
            segments=self.segment_ids.ids,
            excluded=self.excluded_segment_ids.ids,
            kept=self._get_obstacle(),
        )

    def _count_chosen(self):
        """Return how many would be chosen now: addressed, or kept out by lot."""
        self.env.flush_all()
        ((count,),) = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*)
                  FROM healthcare_campaign campaign CROSS JOIN LATERAL (%s) chosen
                 WHERE campaign.id = %s AND chosen.arm <> 'unreached'
                """,
                self._get_chosen(),
                self.id,
            )
        )
        return count

    def _get_obstacle(self):
        """Return the SQL of a join: what keeps a ``patient`` from being addressed.

        ``kept.obstacle`` is one of the reasons of the ledger, ``NULL`` where nothing does.
        """
        consents = self.env['healthcare.consent']
        consents._flush_decisions()
        return SQL(
            """
            LEFT JOIN LATERAL (
                      SELECT consent.decision, %(current)s AS is_current, %(vouched)s AS is_vouched
                        FROM healthcare_consent consent
                       WHERE consent.patient_id = patient.id AND consent.purpose_id = %(purpose)s
                         AND consent.channel = %(channel)s
                    ORDER BY consent.date DESC, consent.id DESC LIMIT 1) decided ON TRUE
            CROSS JOIN LATERAL (
                      SELECT CASE WHEN patient.deceased THEN 'deceased'
                                  WHEN patient.contact_blocked OR patient.processing_restricted
                                       OR patient.active IS NOT TRUE THEN 'blocked'
                                  WHEN decided.decision = 'deny' THEN 'consent_denied'
                                  WHEN (decided.decision = 'permit' AND decided.is_current)
                                       IS NOT TRUE THEN 'no_consent'
                                  WHEN decided.is_vouched IS NOT TRUE THEN 'guardian'
                                  WHEN NOT (%(address)s) THEN 'no_address' END AS obstacle
                      ) kept
            """,
            current=consents._sql_is_current(SQL('consent')),
            vouched=consents._sql_is_vouched(SQL('consent')),
            purpose=self.purpose_id.id,
            channel=self.channel,
            address=ADDRESSES[self.channel],
        )

    def _get_audience(self, patient):
        """Return the domain of whom these campaigns address, while they run.

        :param str patient: the column with the id of the patient
        """
        running = self.filtered(lambda campaign: campaign._is_on())
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                """
                EXISTS (SELECT FROM healthcare_campaign_participant participant
                         WHERE participant.campaign_id = ANY(%s) AND participant.patient_id = %s
                           AND participant.arm = 'addressed')
                """,
                running.ids,
                SQL.identifier(alias, patient),
            )
        )

    def _add_who_came(self):
        """Add the patients who came by one of the codes, by the first one that they named, or by
        a link.

        Who came by a link and names a code before reaching the goal has come by the code, since
        then. Of who was chosen, the code is noted, and since when stays as it was. While the
        campaign counts, a code that was noted by mistake and taken back counts no more.
        """
        if self._counts():
            self._drop_who_did_not_come()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO healthcare_campaign_participant AS known (
                       campaign_id, patient_id, arm, code_id, since)
                SELECT DISTINCT ON (came.patient_id)
                       %(id)s, came.patient_id, 'came', came.code_id, came.date
                  FROM (%(came)s) came
                  JOIN res_partner patient ON patient.id = came.patient_id
                 WHERE patient.is_patient
                       -- who was erased is counted already, without a name
                       AND NOT EXISTS (SELECT FROM healthcare_erasure erasure
                                        WHERE erasure.patient_id = patient.id
                                          AND erasure.state <> 'draft')
              ORDER BY came.patient_id, came.code_id IS NULL, came.date, came.code_id
                    ON CONFLICT (campaign_id, patient_id) DO UPDATE
                       SET code_id = excluded.code_id,
                           arm = CASE known.arm WHEN 'unreached' THEN 'came' ELSE known.arm END,
                           since = CASE WHEN known.arm IN ('unreached', 'came')
                                        THEN excluded.since ELSE known.since END
                     WHERE known.code_id IS NULL
                           AND (known.arm = 'unreached' OR excluded.code_id IS NOT NULL)
                           AND (known.arm <> 'came' OR known.converted_at IS NULL)
                """,
                id=self.id,
                came=SQL(' UNION ALL ').join(self._get_touches()),
            )
        )

    def _drop_who_did_not_come(self):
        """Take back who came by a code that nobody says any more that they named."""
        gone = SQL(
            """
            part.campaign_id = %(id)s AND part.patient_id IS NOT NULL
            AND (part.arm = 'came' OR part.code_id IS NOT NULL)
            AND NOT EXISTS (SELECT FROM (%(came)s) touch
                             WHERE touch.patient_id = part.patient_id
                               AND touch.code_id IS NOT DISTINCT FROM part.code_id)
            """,
            id=self.id,
            came=SQL(' UNION ALL ').join(self._get_touches()),
        )
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM healthcare_campaign_participant part
                 WHERE %s AND part.arm = 'came' AND part.obstacle IS NULL
                """,
                gone,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE healthcare_campaign_participant part
                   SET code_id = NULL,
                       arm = CASE part.arm WHEN 'came' THEN 'unreached' ELSE part.arm END
                 WHERE %s
                """,
                gone,
            )
        )

    def _get_touches(self):
        """Return a list of SQL of ``patient_id, code_id, date``: who named a code of the campaign,
        or came by a link of it.

        Other files and add-ons add theirs.
        """
        touches = [
            SQL(
                """
                SELECT touch.patient_id, code.id AS code_id, %s AS date
                  FROM healthcare_campaign_code code
                  JOIN %s touch ON touch.campaign_code_id = code.id
                 WHERE code.campaign_id = %s AND touch.patient_id IS NOT NULL AND %s
                """,
                date,
                SQL.identifier(table),
                self.id,
                is_meant,
            )
            for table, date, is_meant in (
                ('healthcare_enquiry', SQL('touch.date'), SQL('TRUE')),
                (
                    'calendar_event',
                    _NAMED_AT,
                    SQL("touch.active AND touch.appointment_status <> 'entered-in-error'"),
                ),
            )
        ]
        return [
            *touches,
            SQL(
                'SELECT patient_id, NULL::int, date FROM healthcare_enquiry '
                'WHERE utm_campaign_id = %s AND patient_id IS NOT NULL',
                self.utm_campaign_id.id,
            ),
        ]

    # ------------------------------------------------------------ what they do

    def _measure(self):
        """Find out what the participants did, and add it up."""
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        self._add_who_came()
        billing = self._find_billing_clinics()
        self.env.cr.execute(
            SQL(
                """
                  WITH part AS MATERIALIZED (
                       SELECT id, patient_id, arm, code_id, since,
                              since + make_interval(days => %(days)s) AS until
                         FROM healthcare_campaign_participant
                        WHERE campaign_id = %(id)s AND arm <> 'unreached'
                              AND patient_id IS NOT NULL
                       ),
                       visit AS (%(visits)s),
                       paid AS (%(paid)s),
                       booked AS (%(booked)s),
                       asked AS (%(asked)s),
                       contact AS (
                       SELECT id, MIN(date) AS first FROM (%(contacts)s) one GROUP BY id
                       ),
                       answer AS (
                       SELECT id, MIN(date) AS first FROM (%(responses)s) one GROUP BY id
                       ),
                       found AS (
                       SELECT part.id, contact.first AS contacted_at,
                              CASE part.arm WHEN 'came' THEN part.since
                                            WHEN 'addressed' THEN answer.first END AS responded_at,
                              %(converted)s AS converted_at,
                              %(is_repeat)s IS TRUE AND %(converted)s IS NOT NULL
                                  AS is_repeat,
                              (COALESCE(paid.amount, 0) + COALESCE(visit.amount, 0))::numeric
                                  AS revenue
                         FROM part
                    LEFT JOIN visit ON visit.id = part.id
                    LEFT JOIN paid ON paid.id = part.id
                    LEFT JOIN booked ON booked.id = part.id
                    LEFT JOIN asked ON asked.id = part.id
                    LEFT JOIN contact ON contact.id = part.id
                    LEFT JOIN answer ON answer.id = part.id
                       )
                UPDATE healthcare_campaign_participant participant
                   SET contacted_at = found.contacted_at, responded_at = found.responded_at,
                       converted_at = found.converted_at, is_repeat = found.is_repeat,
                       revenue = found.revenue
                  FROM found
                 WHERE participant.id = found.id
                   AND (participant.contacted_at, participant.responded_at,
                        participant.converted_at, COALESCE(participant.is_repeat, FALSE),
                        COALESCE(participant.revenue, 0))
                       IS DISTINCT FROM
                       (found.contacted_at, found.responded_at, found.converted_at,
                        found.is_repeat, found.revenue)
                """,
                id=self.id,
                days=self.window_days,
                is_repeat=SQL('paid.is_again' if self.goal == 'purchase' else 'visit.is_again'),
                visits=self._get_visits(billing),
                paid=self._get_paid(billing),
                booked=self._get_booked(),
                asked=self._get_asked(),
                contacts=SQL(' UNION ALL ').join(self._get_contacts()),
                responses=SQL(' UNION ALL ').join(self._get_responses()),
                converted={
                    'response': SQL(
                        "CASE part.arm WHEN 'came' THEN part.since ELSE answer.first END"
                    ),
                    'enquiry': SQL('asked.first'),
                    'appointment': SQL('booked.first'),
                    'visit': SQL('visit.first'),
                    'purchase': SQL('paid.first'),
                }[self.goal],
            )
        )
        self.env['healthcare.campaign.participant'].invalidate_model()
        self._add_up()

    def _is_for_services(self, alias):
        services = self.service_ids.ids
        return (
            SQL('%s = ANY(%s)', SQL.identifier(alias, 'service_id'), services)
            if services
            else SQL('TRUE')
        )

    def _find_billing_clinics(self):
        """Return the ids of the clinics whose revenue is what was paid for invoices.

        That of the others is what visits came to, and so is that of some services only: invoices
        do not tell what they are for.
        """
        if self.service_ids and self.goal != 'purchase':
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT clinic FROM unnest(%s) AS clinic
                 WHERE EXISTS (SELECT FROM account_move invoice
                                WHERE invoice.company_id = clinic AND invoice.state = 'posted'
                                  AND invoice.move_type = 'out_invoice'
                                  AND invoice.payment_state IN %s AND invoice.invoice_date >= (
                                      SELECT MIN(since)::date - 1
                                        FROM healthcare_campaign_participant part
                                       WHERE part.campaign_id = %s))
                """,
                self.company_id._get_branch_ids(),
                PAID_STATES,
                self.id,
            )
        )
        return [clinic for (clinic,) in rows]

    def _get_day(self, moment):
        """Return the SQL of the day of a moment, at the clinic."""
        zone = self.company_id._get_zone().zone
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    def _get_visits(self, billing):
        """Return the SQL of the visits of each ``part``: the first that counts, whether another
        one was on a later day, and what those that count came to.

        :param billing: ids of clinics whose revenue is known otherwise
        """
        return SQL(
            """
            SELECT part.id, MIN(event.start) FILTER (WHERE %(counts)s) AS first,
                   MAX(%(day)s) > MIN(%(day)s) FILTER (WHERE %(counts)s) AS is_again,
                   SUM(COALESCE(encounter.amount, service.price, 0)) FILTER (
                       WHERE %(counts)s
                         AND COALESCE(event.company_id, %(company)s) <> ALL(%(billing)s::int[]))
                       AS amount
              FROM part
              JOIN calendar_event event ON event.patient_id = part.patient_id
                   AND event.is_appointment IS TRUE AND event.active IS TRUE
                   AND event.appointment_status IN %(statuses)s
                   AND event.start >= part.since AND event.start < part.until
                   AND COALESCE(event.company_id, %(company)s) = ANY(%(clinics)s)
         LEFT JOIN healthcare_encounter encounter ON encounter.appointment_id = event.id
                   AND encounter.currency_id = %(currency)s AND encounter.amount > 0
         LEFT JOIN healthcare_service service ON service.id = event.service_id
          GROUP BY part.id
            """,
            counts=self._is_for_services('event'),
            day=self._get_day(SQL('event.start')),
            billing=billing,
            statuses=VISITED_STATUSES,
            company=self.company_id.id,
            clinics=self.company_id._get_branch_ids(),
            currency=self.currency_id.id,
        )

    def _get_paid(self, billing):
        """Return the SQL of the paid invoices of each ``part``; what was credited is taken off.

        :param billing: ids of the clinics whose revenue this is
        """
        return SQL(
            """
            SELECT part.id, SUM(paid.amount) AS amount,
                   MAX(paid.date) > MIN(paid.date) AS is_again,
                   GREATEST(MIN(paid.date), part.since) AS first
              FROM part
              JOIN (%(paid)s) paid ON paid.patient_id = part.patient_id
                   AND paid.date BETWEEN %(since)s AND %(until)s
                   AND paid.amount > 0 AND paid.company_id = ANY(%(billing)s::int[])
          GROUP BY part.id, part.since
            """,
            paid=SQL(PAID),
            since=self._get_day(SQL('part.since')),
            until=self._get_day(SQL('part.until')),
            billing=billing,
        )

    def _get_booked(self):
        """Return the SQL of the first appointment that each ``part`` booked and did not cancel.

        Who came by the code of an appointment may have named it later than booked.
        """
        if self.goal != 'appointment':
            return _NONE
        return SQL(
            """
            SELECT part.id, MIN(GREATEST(event.create_date, part.since)) AS first
              FROM part
              JOIN calendar_event event ON event.patient_id = part.patient_id
                   AND event.is_appointment IS TRUE AND event.active IS TRUE
                   AND event.appointment_status NOT IN ('cancelled', 'entered-in-error')
                   AND (event.create_date >= part.since
                        OR (part.arm = 'came' AND event.campaign_code_id = part.code_id))
                   AND event.create_date < part.until
                   AND COALESCE(event.company_id, %s) = ANY(%s) AND %s
          GROUP BY part.id
            """,
            self.company_id.id,
            self.company_id._get_branch_ids(),
            self._is_for_services('event'),
        )

    def _get_asked(self):
        """Return the SQL of the first enquiry of each ``part``."""
        if self.goal != 'enquiry':
            return _NONE
        return SQL(
            """
            SELECT part.id, MIN(enquiry.date) AS first
              FROM part
              JOIN healthcare_enquiry enquiry ON enquiry.patient_id = part.patient_id
                   AND enquiry.date >= part.since AND enquiry.date < part.until
                   AND COALESCE(enquiry.lost_reason, '') <> 'spam' AND enquiry.company_id = ANY(%s)
          GROUP BY part.id
            """,
            self.company_id._get_branch_ids(),
        )

    def _get_contacts(self):
        """Return a list of SQL of ``id, date``: when each ``part`` was contacted.

        Other add-ons add the messages that they send for a campaign.
        """
        return [
            SQL(
                """
                SELECT part.id, COALESCE(message.sent_at, message.date) AS date
                  FROM healthcare_communication message
                  JOIN part ON part.patient_id = message.patient_id
                 WHERE message.campaign_id = %s AND message.direction = 'out'
                   AND message.status IN ('sent', 'delivered', 'handed')
                """,
                self.id,
            )
        ]

    def _get_responses(self):
        """Return a list of SQL of ``id, date``: when each ``part`` answered.

        What a patient writes, decides by a link, or asks counts, of those who were kept out as
        well: some write anyway. Other add-ons add clicks and coupons.
        """
        return [
            SQL(
                """
                SELECT part.id, message.date
                  FROM part
                  JOIN healthcare_communication message ON message.patient_id = part.patient_id
                 WHERE message.date >= part.since AND message.date < part.until
                   AND (message.direction = 'in' OR message.answer IS NOT NULL)
                """
            ),
            SQL(
                """
                SELECT part.id, touch.date
                  FROM (%s) touch
                  JOIN part ON part.patient_id = touch.patient_id
                       AND touch.date >= part.since AND touch.date < part.until
                """,
                SQL(' UNION ALL ').join(self._get_touches()),
            ),
        ]

    # ------------------------------------------------------------ how much it is

    def _add_up(self):
        """Write the figures of the campaign, and of its codes, from those of the participants."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT arm, obstacle, COUNT(*), COUNT(contacted_at), COUNT(responded_at),
                       COUNT(converted_at), COUNT(*) FILTER (WHERE is_repeat),
                       COALESCE(SUM(revenue), 0)
                  FROM healthcare_campaign_participant WHERE campaign_id = %s
              GROUP BY arm, obstacle
                """,
                self.id,
            )
        )
        names = ('count', 'contacted', 'responded', 'converted', 'repeat', 'revenue')
        arms, reasons = {}, {}
        for arm, obstacle, *figures in rows:
            of_arm = arms.setdefault(arm, dict.fromkeys(names, 0))
            for name, figure in zip(names, figures, strict=True):
                of_arm[name] += figure
            if arm == 'unreached':
                reasons[obstacle] = reasons.get(obstacle, 0) + figures[0]
        nobody = dict.fromkeys(names, 0)
        addressed, held = arms.get('addressed', nobody), arms.get('held', nobody)
        unreached, came = arms.get('unreached', nobody), arms.get('came', nobody)
        counts = {
            'addressed_count': addressed['count'],
            'held_count': held['count'],
            'unreached_count': unreached['count'],
            'came_count': came['count'],
            'contacted_count': addressed['contacted'],
            'response_count': addressed['responded'] + came['responded'],
            'conversion_count': addressed['converted'] + came['converted'],
            'addressed_conversion_count': addressed['converted'],
            'held_conversion_count': held['converted'],
            'repeat_count': addressed['repeat'] + came['repeat'],
        }
        revenues = {
            'revenue': (
                counts['conversion_count'],
                addressed['revenue'] + came['revenue'],
                self.revenue,
            ),
            'addressed_revenue': (
                addressed['converted'],
                addressed['revenue'],
                self.addressed_revenue,
            ),
            'held_revenue': (held['converted'], held['revenue'], self.held_revenue),
        }
        self.write(
            {
                'counted_at': fields.Datetime.now(),
                'reasons': reasons,
                **self._tell_figures(counts, revenues, reasons),
            }
        )
        self._add_up_codes()

    def _tell_figures(self, counts, revenues, reasons):
        """Return the figures as everybody may know them who sees the campaign.

        Of groups that marketing may not see into, only about how many, told anew when that says
        nothing about one patient; see docs/decisions/012.

        :param dict counts: ``{field: how many}``
        :param dict revenues: ``{field: (how many paid it, amount, as it was told before)}``
        :param dict reasons: ``{reason: how many}``, changed in place
        """
        segments = self.segment_ids | self.excluded_segment_ids
        if not any(segments.mapped('is_guarded')):
            return counts | {
                name: float(amount) for name, (_count, amount, _before) in revenues.items()
            }

        def tell(counts):
            told = segments._blur_each(counts, among=self._name_chosen(), record=self)
            return {name: count or 0 for name, count in told.items()}

        values = tell({name: count for name, count in counts.items() if name not in ARMS})
        if counts.keys() >= ARMS:
            chosen = tell({'chosen': sum(counts[name] for name in ARMS)})['chosen']
            values |= self._divide(chosen, segments._get_step())
        for name, wholes in WHOLES.items():
            if name in values:
                # each was told for itself
                values[name] = min(values[name], sum(values[whole] for whole in wholes))
        payers = {name: count for name, (count, _amount, _before) in revenues.items()}
        news = segments._find_news(payers, self)
        heads = tell(payers)
        for name, (count, amount, before) in revenues.items():
            # by heads that may be told, and to two digits: no single invoice stands out
            each = float(amount) / count if count else 0.0
            values[name] = float(f'{each * heads[name]:.2g}')
            if heads[name] and name not in news:
                # nor one that is paid since
                values[name] = before
        told = tell({f'reason {reason}': count for reason, count in reasons.items()})
        for reason in list(reasons):
            reasons[reason] = told[f'reason {reason}']
            if not reasons[reason]:
                del reasons[reason]
        return values

    def _divide(self, chosen, step):
        """Return ``{field: patients}`` of those who were chosen, by the share that is kept out: how
        many the lot made of each would be another hint at how many there are."""
        held = round(chosen * self.holdout_percent / 100)
        parts = {'addressed_count': chosen - held, 'held_count': held}
        return {name: count if count >= step else 0 for name, count in parts.items()}

    def _add_up_codes(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT code_id, COUNT(*), COUNT(converted_at), COALESCE(SUM(revenue), 0)
                  FROM healthcare_campaign_participant
                 WHERE campaign_id = %s AND code_id IS NOT NULL GROUP BY code_id
                """,
                self.id,
            )
        )
        figures = {code_id: row for code_id, *row in rows}
        counts, revenues = {}, {}
        for code in self.code_ids:
            count, converted, revenue = figures.get(code.id, (0, 0, 0))
            counts[f'code {code.id} participant_count'] = count
            counts[f'code {code.id} conversion_count'] = converted
            revenues[f'code {code.id} revenue'] = (converted, revenue, code.revenue)
        values = self._tell_figures(counts, revenues, {})
        for code in self.code_ids:
            names = ('participant_count', 'conversion_count', 'revenue')
            code.write({name: values[f'code {code.id} {name}'] for name in names})


#: when a patient named the code of an appointment, which is no later than the visit it led to
_NAMED_AT = SQL('LEAST(COALESCE(touch.campaign_code_at, touch.create_date), touch.start)')
#: for goals that do not ask it
_NONE = SQL('SELECT NULL::int AS id, NULL::timestamp AS first WHERE FALSE')
