# Part of Healthcare CRM for Odoo. License LGPL-3.
import logging

from psycopg2.extras import Json, execute_values

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import format_date

from ..matching import prepare
from ..sensitive import GROUP_STAFF
from ..step_up import check_step_up
from .res_partner import HISTORY_MODELS

_logger = logging.getLogger(__name__)

ZONES = [('link', "Same person"), ('review', "To review"), ('no', "Different")]
ORIGINS = [
    ('registration', "Registration"),
    ('import', "Import"),
    ('nightly', "Nightly search"),
    ('manual', "By hand"),
]
DECISIONS = ('merge', 'different', 'later')
#: how many pairs are looked at for one that the user may see
LOOK_AHEAD = 50
#: how many are counted exactly: whoever has more to decide is told that it is more
MOST_COUNTED = 1000


class HealthcarePatientLink(models.Model):
    """Two records that may be one patient, the lower id first (FHIR Patient.link, seealso).

    Found by the matcher and decided by people.
    """

    _name = 'healthcare.patient.link'
    _description = "Possible Duplicate"
    _order = 'weight desc, id'
    _rec_name = 'patient_id'

    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        readonly=True,
        ondelete='cascade',
        groups=GROUP_STAFF,
    )
    other_id = fields.Many2one(
        'res.partner',
        string="Other Record",
        required=True,
        readonly=True,
        index=True,
        ondelete='cascade',
        groups=GROUP_STAFF,
    )
    probability = fields.Float(readonly=True, aggregator='avg', digits=(5, 4), groups=GROUP_STAFF)
    weight = fields.Float(
        readonly=True,
        aggregator='avg',
        groups=GROUP_STAFF,
        help="How much the evidence speaks for one person, in bits.",
    )
    evidence = fields.Json(readonly=True, groups=GROUP_STAFF)
    zone = fields.Selection(ZONES, readonly=True, groups=GROUP_STAFF)
    rule = fields.Char(readonly=True, groups=GROUP_STAFF)
    origin = fields.Selection(ORIGINS, required=True, default='manual', readonly=True)
    status = fields.Selection(
        [('open', "Open"), ('different', "Different people"), ('merged', "Merged")],
        required=True,
        default='open',
        readonly=True,
        groups=GROUP_STAFF,
    )
    decided_by_id = fields.Many2one('res.users', readonly=True, ondelete='set null')
    decided_at = fields.Datetime(string="Decided On", readonly=True)
    postponed_at = fields.Datetime(
        readonly=True, help="Looked at and left for later: it comes after the others."
    )
    note = fields.Char(groups=GROUP_STAFF)
    merge_id = fields.Many2one('healthcare.patient.merge', readonly=True, ondelete='set null')
    company_id = fields.Many2one(
        'res.company', string="Clinic", readonly=True, index='btree_not_null'
    )

    _pair_uniq = models.Constraint(
        'UNIQUE (patient_id, other_id)', "These two records are a pair already."
    )
    _pair_order = models.Constraint(
        'CHECK (patient_id < other_id)', "The lower number comes first."
    )
    _open_idx = models.Index("(postponed_at NULLS FIRST, weight DESC, id) WHERE status = 'open'")
    _open_list_idx = models.Index("(weight DESC, id) WHERE status = 'open'")

    # ------------------------------------------------------------
    # Found
    # ------------------------------------------------------------

    @api.model
    def _record(self, found, origin):
        """Store pairs that may be one person; what is decided stays decided.

        :param found: ``[(patient id, other id, Match)]``
        :param str origin: one of :data:`ORIGINS`
        :return: how many are open now that were not there before
        :rtype: int
        """
        rows = {}
        for one, other, match in found:
            if one != other:
                rows[min(one, other), max(one, other)] = match
        if not rows:
            return 0
        self.flush_model()
        self.env['res.partner'].flush_model(['company_id'])
        now = fields.Datetime.now()
        new = execute_values(
            self.env.cr._obj,
            """
            INSERT INTO healthcare_patient_link AS link (
                   patient_id, other_id, probability, weight, evidence, zone, rule, origin, status,
                   company_id, create_uid, create_date, write_uid, write_date)
            SELECT data.patient_id, data.other_id, data.probability, data.weight, data.evidence,
                   data.zone, data.rule, data.origin, 'open',
                   COALESCE(patient.company_id, other.company_id), data.uid, data.now, data.uid,
                   data.now
              FROM (VALUES %s) AS data (patient_id, other_id, probability, weight, evidence, zone,
                                        rule, origin, uid, now)
              JOIN res_partner AS patient ON patient.id = data.patient_id
              JOIN res_partner AS other ON other.id = data.other_id
                ON CONFLICT (patient_id, other_id) DO UPDATE
               SET probability = EXCLUDED.probability, weight = EXCLUDED.weight,
                   evidence = EXCLUDED.evidence, zone = EXCLUDED.zone, rule = EXCLUDED.rule,
                   write_date = EXCLUDED.write_date
             WHERE link.status = 'open'
         RETURNING xmax = 0
            """,
            [
                (
                    *pair,
                    float(match.probability),
                    float(match.weight),
                    Json([list(evidence) for evidence in match.evidence]),
                    match.zone,
                    match.rule,
                    origin,
                    self.env.uid,
                    now,
                )
                for pair, match in sorted(rows.items())
            ],
            template='(%s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s::timestamp)',
            page_size=1000,
            fetch=True,
        )
        self.invalidate_model()
        return sum(row[0] for row in new)

    @api.model
    def _record_claim(self, claimant_id, owner_id):
        """Note that a number of one patient was entered for another one."""
        patients = self.env['res.partner'].sudo().browse([claimant_id, owner_id]).exists()
        if len(patients) < 2:
            return 0
        model = self.env['healthcare.patient.matching']._get_model()
        match = model.compare(*map(prepare, patients._person()))
        if match.rule == 'different_verified_id':
            return 0
        match = match._replace(rule=match.rule or 'same_id', zone='review')
        return self.sudo()._record([(claimant_id, owner_id, match)], 'registration')

    @api.model
    def _close_stale(self, patient_ids, found):
        """Drop open pairs of patients that are not alike any more; nobody has looked at them.

        :param set found: the pairs that are, as frozensets of two ids
        """
        links = self.search(
            [
                ('status', '=', 'open'),
                ('origin', '=', 'nightly'),
                '|',
                ('patient_id', 'in', patient_ids),
                ('other_id', 'in', patient_ids),
            ]
        )
        links.filtered(
            lambda link: frozenset((link.patient_id.id, link.other_id.id)) not in found
        ).unlink()

    @api.model
    def _merge_automatically(self, patient_ids):
        """Merge pairs that are surely one person, in clinics that want it.

        Never again what somebody has undone.
        """
        willing = self.env['res.company'].search([('healthcare_automatic_merge', '=', True)])
        if not willing:
            return
        everywhere = len(willing) == self.env['res.company'].search_count([])
        links = self.search(
            [
                ('status', '=', 'open'),
                ('zone', '=', 'link'),
                '|',
                ('patient_id', 'in', patient_ids),
                ('other_id', 'in', patient_ids),
            ]
        )
        for link in links:
            both = link.patient_id | link.other_id
            clinics = both.company_id
            if not (clinics <= willing if clinics else everywhere):
                continue
            if len(both.filtered('active')) < 2 or both[0]._get_merge_problem(both[1]):
                continue
            if self.env['healthcare.patient.merge'].search_count(
                [
                    ('undone_at', '!=', False),
                    ('kept_id', 'in', both.ids),
                    ('merged_id', 'in', both.ids),
                ],
                limit=1,
            ):
                continue
            kept = both[link._suggest_kept()]
            try:
                with self.env.cr.savepoint():
                    (both - kept)._merge_into(kept, automatic=True)
            except (UserError, LockError) as error:
                _logger.info("Pair %s is left to a person: %s", link.id, error)

    # ------------------------------------------------------------
    # Review: what the screen asks for
    # ------------------------------------------------------------

    @api.model
    def review_count(self):
        """Return how many pairs wait for a decision; one above :data:`MOST_COUNTED` is more."""
        self._check_staff()
        return self.search_count(self._get_open(), limit=MOST_COUNTED + 1)

    @api.model
    def review_load(self, link_id=False):
        """Return a pair with everything a decision takes; the most certain one if none is named.

        False when none is left, or the one named is decided already or not for this user.
        """
        self._check_staff()
        link = self._find_next(link_id if type(link_id) is int else False)
        return link._get_review() if link else False

    @api.model
    def review_decide(self, link_id, decision, keep=0, choices=None):
        """Carry out a decision about a pair; return the merge, and the next pair.

        :param str decision: ``merge``, ``different`` or ``later``
        :param int keep: which of the two records stays, 0 or 1
        :param dict choices: which record's value stays, ``{field: 0 or 1}``
        """
        self._check_staff()
        if decision not in DECISIONS or keep not in (0, 1) or not isinstance(choices or {}, dict):
            raise UserError(self.env._("Choose what to do with the two records."))
        link = self.browse(link_id if type(link_id) is int else 0).exists()
        if not link:
            raise UserError(self.env._("This pair does not exist any more."))
        link.check_access('read')
        both = link.patient_id | link.other_id
        both.check_access('read')
        # sudo: staff decide through here alone, and nothing else of a pair is theirs to write
        link.sudo().lock_for_update()
        if link.status != 'open':
            raise UserError(self.env._("Somebody else has decided about this pair already."))
        merge = self.env['healthcare.patient.merge']
        if decision == 'merge':
            check_step_up(self.env, 'merge')
            both.check_access('write')
            pair = (link.patient_id, link.other_id)
            kept, merged = pair[keep], pair[1 - keep]
            merge = merged._merge_into(
                kept,
                {
                    str(field): int(side != keep)
                    for field, side in (choices or {}).items()
                    if side in (0, 1)
                },
            )
        else:
            link.sudo().write(link._get_decision(decision))
            if decision == 'different':
                both._refresh_quality()
        self.env.flush_all()
        return {'merge_id': merge.id, 'next': self.review_load()}

    def _get_decision(self, decision):
        now = fields.Datetime.now()
        if decision == 'later':
            return {'postponed_at': now}
        return {'status': 'different', 'decided_by_id': self.env.uid, 'decided_at': now}

    def action_undo(self):
        """Take back that two records are different people: the pair is open again."""
        self._check_staff()
        self.check_access('read')
        for link in self:
            (link.patient_id | link.other_id).check_access('read')
            if link.status == 'merged':
                raise UserError(self.env._("These records were merged. Undo the merge instead."))
        # sudo: see review_decide
        self.sudo().filtered(lambda link: link.status == 'different').write(
            {'status': 'open', 'decided_by_id': False, 'decided_at': False}
        )
        (self.patient_id | self.other_id)._refresh_quality()
        return True

    def action_review(self):
        """Open this pair on the review screen."""
        self.ensure_one()
        return {
            'type': 'ir.actions.client',
            'tag': 'healthcare_duplicate_review',
            'name': self.env._("Possible Duplicates"),
            'params': {'link_id': self.id},
        }

    # ------------------------------------------------------------
    # Review: helpers
    # ------------------------------------------------------------

    def _check_staff(self):
        if not self.env.user.has_group(GROUP_STAFF):
            raise AccessError(
                self.env._("Only healthcare staff may decide whether two records are one patient.")
            )

    @api.model
    def _get_open(self):
        return [
            ('status', '=', 'open'),
            ('patient_id.active', '=', True),
            ('other_id.active', '=', True),
        ]

    @api.model
    def _find_next(self, link_id):
        if link_id:
            links = self.search([('id', '=', link_id), ('status', '=', 'open')])
        else:
            links = self.search(
                self._get_open(),
                order='postponed_at nulls first, weight desc, id',
                limit=LOOK_AHEAD,
            )
        for link in links:
            both = link.patient_id | link.other_id
            if len(both._filtered_access('read')) == 2:
                return link
        return self.browse()

    def _get_review(self):
        self.ensure_one()
        pair = (self.patient_id, self.other_id)
        self.env['healthcare.audit']._record_shown(self.patient_id | self.other_id, 'duplicates')
        survivors = pair[0]._get_survivors(pair[1])
        levels = {field: level for field, level, _weight in self._get_evidence()}
        return {
            'id': self.id,
            'probability': self.probability,
            'zone': self.zone,
            'rule': self.rule or False,
            'origin': self.origin,
            'remaining': self.review_count(),
            'keep': self._suggest_kept(),
            'patients': [patient._get_review_head() for patient in pair],
            'evidence': [
                {
                    'field': field,
                    'label': pair[0]._get_evidence_label(field),
                    'level': level,
                    'weight': weight,
                }
                for field, level, weight in self._get_evidence()
            ],
            'fields': self._get_review_fields(pair, survivors, levels),
            'history': self._get_review_history(pair),
            'problem': pair[0]._get_merge_problem(pair[1]),
        }

    def _get_evidence(self):
        return [tuple(item[:3]) for item in self.evidence or []]

    def _suggest_kept(self):
        """Return which record stays unless somebody says otherwise: the verified, then older."""
        verified = [
            any(patient.sudo().identifier_ids.mapped('is_verified'))
            for patient in (self.patient_id, self.other_id)
        ]
        return int(verified[1] and not verified[0])

    @api.model
    def _get_review_fields(self, pair, survivors, levels):
        """Return what there is to choose: the usual fields, and others where the two differ."""
        found = []
        for choice, names in pair[0]._get_merge_choices().items():
            field = pair[0]._fields[names[0]]
            if not all(pair[0]._has_field_access(pair[0]._fields[name], 'read') for name in names):
                continue
            values = [patient._get_review_text(choice, names) for patient in pair]
            usual = choice in pair[0]._get_usual_choices()
            if not any(values) or (not usual and (values[0] == values[1] or not all(values))):
                continue
            if not usual and not pair[0]._is_known_field(field):
                continue
            if not usual and field.type in ('boolean', 'integer', 'float', 'json', 'html'):
                continue
            found.append(
                {
                    'field': choice,
                    'label': pair[0]._get_evidence_label(choice),
                    'values': values,
                    'level': levels.get(choice) or self._compare_texts(values),
                    'survivor': survivors[choice],
                }
            )
        return found

    @api.model
    def _compare_texts(self, values):
        if not all(values):
            return 'missing'
        return 'same' if values[0] == values[1] else 'different'

    @api.model
    def _get_review_history(self, pair):
        """Return how much of everything each record has, of what this user may see."""
        ids = [patient.id for patient in pair]
        found = []
        for name in dict.fromkeys(HISTORY_MODELS):
            model = self.env[name].with_context(active_test=False)
            field = model._fields.get('patient_id')
            if field is None or not model.has_access('read'):
                continue
            if not model._has_field_access(field, 'read'):
                continue
            counts = {
                patient.id: count
                for patient, count in model._read_group(
                    [('patient_id', 'in', ids)], ['patient_id'], ['__count']
                )
            }
            if counts:
                # sudo: the names of models are no secret
                label = self.env['ir.model'].sudo()._get(name).name
                if name == 'calendar.event':
                    label = self.env._("Appointments")
                found.append({'label': label, 'counts': [counts.get(id_, 0) for id_ in ids]})
        return found


def format_value(env, field, value):
    """Return a value of a contact as people read it."""
    if not value:
        return ''
    if field.type == 'date':
        return format_date(env, value)
    if field.type == 'selection':
        return dict(field._description_selection(env)).get(value, value)
    if isinstance(value, models.BaseModel):
        return value.display_name or ''
    return str(value)
