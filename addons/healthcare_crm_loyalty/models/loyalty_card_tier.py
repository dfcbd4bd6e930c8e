from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.healthcare_crm.models.calendar_event import VISITED_STATUSES

from .account_move import PAID


class LoyaltyCard(models.Model):
    """Which tier members are in: found out for all of a membership in one statement."""

    _inherit = 'loyalty.card'

    @api.model
    def _recompute_tiers(self, program):
        """Put every member of a program into the tier that they are in today.

        Who reaches a better tier enters it at once. Who is in one stays until its time is over,
        and then as long as they do what keeps it, within a grace; else they are in the best tier
        they reach.

        :return: how many members changed their tier
        """
        tiers = program.tier_ids.sorted('rank', reverse=True)
        if not tiers:
            return 0
        self.env.flush_all()
        today = program._get_today()
        self.env.cr.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        self._collect_changes(program, tiers, today)
        [(changed, first)] = self.env.execute_query(
            SQL(
                """
                  WITH changed AS (
                       UPDATE loyalty_card card
                          SET tier_id = decided.tier_id, tier_until = decided.tier_until
                         FROM healthcare_loyalty_decided decided WHERE card.id = decided.id
                       ),
                       told AS (
                       INSERT INTO healthcare_loyalty_tier_change (
                              card_id, previous_id, tier_id, date)
                       SELECT id, previous_id, tier_id, %s FROM healthcare_loyalty_decided
                        WHERE tier_id IS DISTINCT FROM previous_id
                    RETURNING id
                       )
                SELECT COUNT(*), MIN(id) FROM told
                """,
                fields.Datetime.now(),
            )
        )
        self.env.cr.execute(SQL('DROP TABLE healthcare_loyalty_decided'))
        self.invalidate_model(['tier_id', 'tier_until'])
        if changed:
            self.env['healthcare.loyalty.tier.change']._tell_from(first)
        return changed

    @api.model
    def _collect_changes(self, program, tiers, today):
        """Make the temporary table of the members whose tier changes, or is renewed.

        Found out before anything is written: on most days these are few of very many.
        """
        metrics = {
            (tier.basis, tier.months): f'metric_{index}'
            for index, tier in enumerate(tiers)
            if tier.basis != 'invitation'
        }
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE healthcare_loyalty_decided ON COMMIT DROP AS
                  WITH %(tables)s
                       known AS (
                       SELECT card.id, card.tier_id, card.tier_until, tier.rank,
                              card.tier_until + COALESCE(tier.grace_days, 0) AS grace_until,
                              %(best)s AS best_id, %(is_kept)s AS is_kept
                         FROM loyalty_card card
                    LEFT JOIN healthcare_loyalty_tier tier ON tier.id = card.tier_id
                              %(joins)s
                        WHERE card.program_id = %(program)s AND card.active
                       ),
                       decided AS (
                       SELECT known.id, known.tier_id AS previous_id,
                              known.tier_until < %(today)s AND (
                                  is_kept OR best_id = known.tier_id) AS is_renewed,
                              CASE WHEN known.tier_id IS NULL OR best.rank > known.rank
                                   THEN best_id
                                   WHEN known.grace_until >= %(today)s OR is_kept
                                        OR best_id = known.tier_id
                                   THEN known.tier_id
                                   ELSE best_id END AS tier_id
                         FROM known
                    LEFT JOIN healthcare_loyalty_tier best ON best.id = known.best_id
                       )
                SELECT decided.id, decided.previous_id, decided.tier_id,
                       (%(today)s + make_interval(months => tier.valid_months))::date AS tier_until
                  FROM decided
             LEFT JOIN healthcare_loyalty_tier tier ON tier.id = decided.tier_id
                 WHERE decided.tier_id IS DISTINCT FROM decided.previous_id OR decided.is_renewed
                """,
                tables=SQL().join(
                    SQL('%s AS (%s),', SQL.identifier(name), self._measure(program, *key, today))
                    for key, name in metrics.items()
                ),
                joins=SQL(' ').join(
                    SQL(
                        'LEFT JOIN %s ON %s = %s',
                        SQL.identifier(name),
                        SQL.identifier(name, 'id'),
                        SQL('card.id' if basis == 'points' else 'card.partner_id'),
                    )
                    for (basis, _months), name in metrics.items()
                ),
                best=self._find_best(tiers, metrics),
                is_kept=self._find_kept(tiers, metrics),
                program=program.id,
                today=today,
            )
        )

    @api.model
    def _measure(self, program, basis, months, today, card=None):
        """Return the SQL of ``id, value``: what cards earned, or patients came and paid.

        :param card: only of this card
        """
        since = fields.Date.subtract(today, months=months)
        until = fields.Date.add(today, days=1)
        owner = program.company_id
        clinic = owner or self.env.company
        begin, end = clinic._get_midnight(since), clinic._get_midnight(until)
        wanted = SQL(
            '%s AND %s',
            SQL('company_id IN %s', tuple(owner._get_branch_ids())) if owner else SQL('TRUE'),
            SQL('patient_id = %s', card.partner_id.id) if card else SQL('TRUE'),
        )
        if basis == 'points':
            return SQL(
                """
                SELECT COALESCE(movement.by_card_id, movement.card_id) AS id,
                       SUM(movement.issued) AS value
                  FROM loyalty_history movement
                 WHERE movement.kind = 'earn' AND movement.is_reversed IS NOT TRUE
                   AND movement.date >= %s AND %s
              GROUP BY COALESCE(movement.by_card_id, movement.card_id)
                """,
                since,
                SQL(
                    '(movement.card_id = %(id)s OR movement.by_card_id = %(id)s) '
                    'AND COALESCE(movement.by_card_id, movement.card_id) = %(id)s',
                    id=card.id,
                )
                if card
                else SQL('TRUE'),
            )
        if basis == 'visits':
            return SQL(
                """
                SELECT patient_id AS id, COUNT(*) AS value FROM calendar_event
                 WHERE is_appointment IS TRUE AND active IS TRUE AND appointment_status IN %s
                   AND start >= %s AND start < %s AND %s
              GROUP BY patient_id
                """,
                VISITED_STATUSES,
                begin,
                end,
                wanted,
            )
        if program.spend_basis == 'visits':
            return SQL(
                """
                SELECT patient_id AS id, SUM(amount) AS value FROM healthcare_encounter
                 WHERE status IN ('in-progress', 'finished') AND amount > 0
                   AND start >= %s AND start < %s AND %s
              GROUP BY patient_id
                """,
                begin,
                end,
                wanted,
            )
        return SQL(
            """
            SELECT paid.patient_id AS id, SUM(paid.amount) AS value FROM (%s) AS paid
             WHERE paid.date >= %s AND paid.date < %s AND %s GROUP BY paid.patient_id
            """,
            SQL(PAID)
            if not card
            # the index knows who is on an invoice
            else SQL(
                '%s AND invoice.partner_id IN ('
                'SELECT id FROM res_partner WHERE id = %s OR commercial_partner_id = %s)',
                SQL(PAID),
                card.partner_id.id,
                card.partner_id.id,
            ),
            since,
            until,
            wanted,
        )

    @api.model
    def _find_best(self, tiers, metrics):
        """Return the SQL of the best tier that is reached."""
        return self._case(
            tiers,
            SQL('NULL::int'),
            lambda tier: SQL(
                'WHEN %s THEN %s',
                self._is_reached(tier, metrics, tier.entry_value),
                tier.id,
            ),
        )

    @api.model
    def _find_kept(self, tiers, metrics):
        """Return the SQL of whether somebody does what keeps their tier."""
        return self._case(
            tiers,
            SQL('FALSE'),
            lambda tier: SQL(
                'WHEN card.tier_id = %s THEN %s',
                tier.id,
                self._is_reached(tier, metrics, tier.upkeep_value),
            ),
        )

    @api.model
    def _is_reached(self, tier, metrics, threshold):
        metric = SQL.identifier(metrics[tier.basis, tier.months], 'value')
        return SQL('COALESCE(%s, 0) >= %s', metric, threshold)

    @api.model
    def _case(self, tiers, otherwise, when):
        cases = [when(tier) for tier in tiers if tier.basis != 'invitation']
        return SQL('CASE %s ELSE %s END', SQL(' ').join(cases), otherwise) if cases else otherwise

    def _invite(self, tier):
        """Put members into a tier that is entered by invitation, or let them stay in it."""
        today = tier.program_id._get_today()
        changes = self.env['healthcare.loyalty.tier.change'].create(
            [
                {'card_id': card.id, 'previous_id': card.tier_id.id, 'tier_id': tier.id}
                for card in self
                if card.tier_id != tier
            ]
        )
        self.write(
            {
                'tier_id': tier.id,
                'tier_until': fields.Date.add(today, months=tier.valid_months),
            }
        )
        if changes:
            changes._tell_from(min(changes.ids))
