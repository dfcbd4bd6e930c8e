from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from ..crypto import keyring
from ..segmenting.telling import blur, is_news
from ..sensitive import GROUP_STAFF, GROUP_USER


class HealthcareSegment(models.Model):
    """A segment as a group that is used without being seen into.

    Whoever is not staff, such as marketing, must not learn who is in a segment that asks about
    health. To them it is *opaque*: a name and about how many. To use segments for something
    (coupons, a campaign, a mailing, a club) as the user of the environment:

    * :meth:`_check_group` first, and again before each use; it refuses groups that are too small;
    * read the members in SQL or sudo, never in what that user is shown: a list, a letter, an
      export or a history of somebody who was chosen for it is for staff;
    * :meth:`_tell` every number that came of it (chosen, reached, responded), by what it counts;
      :meth:`_tell_words` for text;
    * ``patient_count`` and ``group_size`` are safe to show as they are.

    Jobs work with every right: ``segment.with_user(who)`` asks for whoever ordered them. Why it is
    done like this is in docs/decisions/012.
    """

    _inherit = 'healthcare.segment'

    is_guarded = fields.Boolean(
        string="Asks About Health",
        compute='_compute_is_guarded',
        store=True,
        help="It asks for more than everybody who reads patients may know: marketing can use it, "
        "and sees neither who is in it nor what it asks.",
    )
    is_opaque = fields.Boolean(
        compute='_compute_is_opaque',
        help="You can use this group, but not see who is in it.",
    )
    group_size = fields.Char(
        string="How Many",
        compute='_compute_group_size',
    )
    told_of = fields.Integer(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="How many patients there were when a number was told the last time.",
    )

    @api.depends('condition_ids.access', 'stored_domain')
    def _compute_is_guarded(self):
        conditions = self._get_all_conditions()
        for segment in self:
            segment.is_guarded = any(
                one.access != 'user' for one in conditions[segment._origin.id]
            ) or not self._is_open(segment.stored_domain or '[]')

    def _is_open(self, domain):
        """Say whether a domain asks for nothing but what everybody who reads patients may read.

        Decided without a user, so rather too strictly: only for fields of the patient's own.
        """
        fields_of = self.env['res.partner']._fields
        everybody = {'base.group_user', GROUP_USER}
        return all(
            condition.field_expr in fields_of
            and not condition.operator.endswith('any')
            and (
                not (groups := fields_of[condition.field_expr].groups)
                or everybody & set(groups.split(','))
            )
            for condition in Domain(literal_eval(domain)).iter_conditions()
        )

    @api.depends('is_guarded')
    @api.depends_context('uid')
    def _compute_is_opaque(self):
        sees_members = self.env.su or self.env.user.has_group(GROUP_STAFF)
        for segment in self:
            segment.is_opaque = not sees_members and segment.is_guarded

    @api.depends('member_count', 'is_opaque', 'told_of')
    def _compute_patient_count(self):
        """Tell those who may not see who is in a group about how many, or nothing."""
        opaque = self.filtered('is_opaque')
        result = super(HealthcareSegment, self - opaque)._compute_patient_count()
        told = opaque._get_told()
        for segment in opaque:
            segment.patient_count = told[segment._origin.id] or 0
        return result

    @api.depends('patient_count', 'is_opaque', 'refreshed_at')
    @api.depends_context('lang')
    def _compute_group_size(self):
        for segment in self:
            if not segment.refreshed_at:
                segment.group_size = self.env._("being looked up")
            elif segment.is_opaque:
                segment.group_size = segment._say(segment.patient_count or None)
            else:
                segment.group_size = formatLang(self.env, segment.patient_count, digits=0)

    def _compute_sentence(self):
        """Of an opaque group nothing is said: also what else it asks would help to guess."""
        opaque = self.filtered('is_opaque')
        result = super(HealthcareSegment, self - opaque)._compute_sentence()
        opaque.sentence = self.env._("A group defined by the clinic, by what you may not read")
        return result

    def _compute_has_hidden(self):
        opaque = self.filtered('is_opaque')
        result = super(HealthcareSegment, self - opaque)._compute_has_hidden()
        opaque.has_hidden = True
        return result

    def _compute_domain(self):
        opaque = self.filtered('is_opaque')
        result = super(HealthcareSegment, self - opaque)._compute_domain()
        opaque.domain = False
        return result

    # ------------------------------------------------------------ for those who use groups

    def _check_group(self, count=None, among='', share=1):
        """Let only groups be used that are large enough.

        :param int count: of how many patients it is really used, where that are not all: those
            who agreed to something, or are in several segments together
        :param str among: which these are, see :meth:`_tell`
        :param float share: of them that it is used for, after a choice by lot
        :raise UserError: there are too few; or they are still being looked up
        """
        told = self._get_told()
        for segment in self.filtered('is_opaque'):
            if not segment.refreshed_at:
                raise UserError(
                    self.env._(
                        "The patients of “%s” are still being looked up. Try again in a few "
                        "minutes.",
                        segment.name,
                    )
                )
            if not told[segment._origin.id]:
                raise UserError(segment._refuse(segment.name))
        if count is None or not self._is_any_opaque():
            return
        # by the number that is told: one patient more or fewer must not be what opens a group
        if (self._tell(count, 'chosen', among) or 0) * share < self._get_step():
            raise UserError(self._refuse(', '.join(self.mapped('name'))))

    def _refuse(self, names):
        return self.env._(
            "The group “%(names)s” is too small to be used, or differs too little from another "
            "one: with fewer than %(minimum)s patients, it could be guessed who they are.",
            names=names,
            minimum=self._get_step(),
        )

    def _tell(self, count, name, among='', record=None):
        """Return a number that came of using these segments, as the user may know it.

        Whatever counts the same is told alike, however often it is counted: numbers that were
        drawn anew for each coupon and each campaign would be exact on average.

        :param int count: the exact number
        :param str name: what it counts, always the same: ``'used'``
        :param str among: of which patients of these segments, where that are not all
        :param record: what it came of; its number stays what it was while nothing of its own
            changes, whatever is told of others
        :return: ``count`` where none of the segments is opaque; else about as many, or ``None``
            where there are too few to tell
        """
        return self._tell_each({name: count}, among, record)[name]

    def _tell_each(self, counts, among='', record=None):
        """Return ``{name: number}`` of several numbers, see :meth:`_tell`."""
        return self._blur_each(counts, among, record) if self._is_any_opaque() else counts

    def _blur_each(self, counts, among='', record=None):
        """Return ``{name: number}`` as they may be told to whoever must not see into a group."""
        step, groups = self._get_step(), self._get_origins()
        told = self.env['healthcare.segment.told']._recall(
            counts, step, groups._name_figure(f'{among}:'), _name_own(record)
        )
        return {name: blur(told[name], step, groups._get_salt(name)) for name in counts}

    def _find_news(self, counts, record):
        """Return the names of those numbers of ``record`` that would be told anew."""
        memory = self.env['healthcare.segment.told']
        _told, news = memory._compare(counts, self._get_step(), _name_own(record))
        return set(news)

    def _tell_words(self, count, name, among='', record=None):
        """Return :meth:`_tell` in words: "about 120", "fewer than 10"."""
        if not self._is_any_opaque():
            return formatLang(self.env, count, digits=0)
        return self._say(self._tell(count, name, among, record))

    def _say(self, told):
        """Return a blurred number in words."""
        if told is None:
            return self.env._("fewer than %s", self._get_step())
        return self.env._("about %s", formatLang(self.env, told, digits=0))

    def _is_any_opaque(self):
        return any(segment.is_opaque for segment in self)

    # ------------------------------------------------------------ what is told

    def _refresh(self):
        """Tell another number only when that does not say who came or went."""
        is_other = not self.refreshed_at
        result = super()._refresh()
        if is_other or is_news(self.member_count, self.told_of, self._get_step()):
            self.told_of = self.member_count
        return result

    def _get_told(self):
        """Return {segment id: about how many patients it has, or ``None``}, for opaque groups."""
        # sudo: nobody reads the exact numbers
        segments = self.sudo()
        near = segments._find_near_small()
        return {
            segment._origin.id: blur(
                0 if segment._origin.id in near else segment.told_of,
                segment._get_step(),
                segment._get_salt('size'),
            )
            for segment in segments
        }

    def _find_near_small(self):
        """Return the ids of groups that differ from one too small to be used by fewer than that:
        that one can be used and the other not would tell of these few."""
        self.env['healthcare.segment'].flush_model()
        ids = [
            one._origin.id
            for one in self
            if one.is_guarded and one._get_step() <= one.told_of < 2 * one._get_step()
        ]
        if not ids:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT near.id
                  FROM healthcare_segment near
                  JOIN res_company company ON company.id = near.company_id
                  JOIN healthcare_segment small ON small.company_id = near.company_id
                   AND small.id != near.id AND small.is_guarded AND small.active
                   AND COALESCE(small.told_of, 0) < company.minimum_group AND small.member_count > 0
            CROSS JOIN LATERAL (
                       SELECT count(*) AS shared FROM healthcare_segment_member one
                         JOIN healthcare_segment_member other
                           ON other.patient_id = one.patient_id AND other.segment_id = near.id
                        WHERE one.segment_id = small.id
                       ) common
                 WHERE near.id IN %s
                   AND near.member_count + small.member_count - 2 * common.shared
                       < company.minimum_group
                """,
                tuple(ids),
            )
        )
        return {id_ for (id_,) in rows}

    def _get_step(self):
        # sudo: how small a group may be is no secret
        return max(self.company_id.sudo().mapped('minimum_group'), default=10)

    def _get_origins(self):
        """Return the groups that patients of these are taken from, by which numbers are told.

        Others add those of groups that anybody can make.
        """
        return self._origin

    def _get_salt(self, name):
        return int.from_bytes(self._draw(name)[:8], 'big')

    def _draw(self, name):
        """Return what is drawn once for one of these groups: bytes that nobody can guess.

        Of one alone: else each group that is joined, or left out, and changes nothing about who
        is meant would be another draw.
        """
        guarded = self.filtered('is_guarded') or self
        about = f'{min(guarded._origin.ids, default="")}:{name}'
        return keyring.get().tag('group size', about.encode())

    def _name_figure(self, name):
        return f'{",".join(map(str, sorted(self._origin.ids)))}:{name}'


def _name_own(record):
    """Return before which the numbers of a record are remembered, empty for none."""
    return f'{record._name},{record._origin.id}:' if record else ''
