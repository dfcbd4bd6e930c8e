from typing import NamedTuple

from odoo import models
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

from ..points.lots import exact
from ..qr import draw
from ..spelling import spell_number


class Progress(NamedTuple):
    """How far a member is from a better tier.

    :param tier: the next tier that is reached by doing something
    :param value: what counts for it now, in points or visits
    """

    tier: models.Model
    value: float

    @property
    def missing(self):
        return max(0, exact(self.tier.entry_value) - exact(self.value))


class LoyaltyCard(models.Model):
    """What the page of a patient's benefits says about a card."""

    _inherit = 'loyalty.card'

    def _prepare_membership_benefit(self):
        """Return what the first block of the page shows."""
        self.ensure_one()
        progress = self._get_progress()
        return {
            'card': self,
            'program': self.program_id.name,
            'number': self.number,
            'qr': draw(self.code, self.env._("Card %s", self.code)),
            'balance': self._say_points(self.balance),
            'owed': self.owed and self._say_points(self.owed),
            'tier': self.tier_id.name,
            'tier_end': self._say_tier_end(),
            'benefits': (self.tier_id.benefits or '').splitlines(),
            'progress': progress,
            'progress_text': progress and self._say_progress(progress),
            'expiring': [self._say_expiring(day, points) for day, points in self._get_expiring()],
        }

    def _prepare_history_benefit(self, limit):
        """Return the latest movements in words."""
        self.ensure_one()
        return [
            {
                'date': format_date(self.env, one.date),
                'what': one._say_what(),
                'who': one.by_card_id != self and one.by_card_id.partner_id.name,
                'points': one._say_change(),
                'is_gain': one.issued > one.used,
                'until': one.remaining and one.expires_on and format_date(self.env, one.expires_on),
            }
            for one in self._get_movements(limit)
        ]

    def _prepare_family_benefit(self):
        """Return with whom this card shares its points, and who asks for it."""
        self.ensure_one()
        shares = self.env['healthcare.loyalty.share'].search(
            [('purse_id', '=', self.id), ('state', 'in', ('asked', 'shared'))]
        )
        return {
            'card': self,
            'head': self.purse_id.partner_id.name,
            'asking': shares.filtered(lambda share: share.state == 'asked'),
            'sharing': shares.filtered(lambda share: share.state == 'shared'),
        }

    # -- figures

    def _get_progress(self):
        """Return how far this member is from the next tier; none for whoever is at the top."""
        self.ensure_one()
        better = self.program_id.tier_ids.filtered(
            lambda tier: tier.rank > self.tier_id.rank and tier.basis != 'invitation'
        ).sorted('rank')
        if not better:
            return None
        tier = better[0]
        today = self.program_id._get_today()
        self.env.flush_all()
        rows = self.env.execute_query(
            self._measure(self.program_id, tier.basis, tier.months, today, self)
        )
        return Progress(tier, rows[0][1] if rows else 0)

    def _get_expiring(self, days=3):
        """Return ``[(last day, points)]`` of the next few days on which points expire."""
        self.ensure_one()
        today = self.program_id._get_today()
        return self.env['loyalty.history']._read_group(
            [
                ('card_id', '=', self._get_purse().id),
                ('remaining', '>', 0),
                ('expires_on', '>=', today),
            ],
            ['expires_on:day'],
            ['remaining:sum'],
            order='expires_on:day',
            limit=days,
        )

    def _get_movements(self, limit):
        """Return the latest movements of this card, and those made by it in a family's purse."""
        return self.env['loyalty.history'].search(
            Domain('card_id', '=', self.id)
            # what was brought along is in the card's own movements
            | (Domain('by_card_id', '=', self.id) & Domain('kind', '!=', 'family')),
            limit=limit,
        )

    # -- words

    def _say_expiring(self, day, points):
        return self.env._(
            "%(points)s can be used until %(day)s",
            points=self._say_points(points),
            day=format_date(self.env, day),
        )

    def _say_tier_end(self):
        """Return until when the tier is kept; nothing where that is not known."""
        day = self.tier_id and self.tier_until
        return self.env._("until %s", format_date(self.env, day)) if day else ''

    def _say_points(self, points):
        """Return points as a patient reads them: ``1,240 points``."""
        return f'{self._say_number(points)} {self.point_name or ""}'.strip()

    def _say_number(self, number):
        return spell_number(self.env, exact(number), 2)

    def _say_progress(self, progress):
        """Return what is missing for the next tier, in a sentence."""
        missing = self._say_number(progress.missing)
        if progress.tier.basis == 'spend':
            currency = (self.company_id or self.env.company).currency_id
            missing = formatLang(self.env, float(progress.missing), currency_obj=currency)
            return self.env._(
                "%(missing)s more to spend to reach %(tier)s",
                missing=missing,
                tier=progress.tier.name,
            )
        if progress.tier.basis == 'visits':
            return self.env._(
                "%(missing)s more visits to %(tier)s", missing=missing, tier=progress.tier.name
            )
        return self.env._(
            "%(missing)s more points to %(tier)s", missing=missing, tier=progress.tier.name
        )
