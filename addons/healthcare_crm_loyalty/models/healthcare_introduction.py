from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.healthcare_crm.sensitive import GROUP_ADMINISTRATOR, GROUP_STAFF

STATES = [
    ('asked', "Has asked"),
    ('check', "To check"),
    ('waiting', "First visit to come"),
    ('came', "Came"),
    ('late', "Too late"),
    ('refused', "Does not count"),
]
REASONS = [
    ('self', "Introduced themselves"),
    ('circle', "Introduced by somebody they brought"),
    ('earlier', "Introduced by somebody else before"),
    ('known', "Was a patient already"),
    ('duplicate', "Is a patient already, under another record"),
    ('staff', "Refused by staff"),
]
#: States of what brings points, or will.
COUNTING = ('waiting', 'came')
#: What people say of an introduction; the rest is worked out.
SAID = {'introducer_id', 'patient_id', 'first_touch_at'}
#: Somebody is registered, or seen, before it is written down who brought them.
WRITTEN_LATER = timedelta(days=1)
#: Whoever is at the desk enters nothing that is older.
ENTERED_LATE = timedelta(days=7)
#: Of records somebody may be: as many are looked at.
ALIKE = 8


class HealthcareIntroduction(models.Model):
    """That somebody brought somebody: by whose code, when, and what became of it.

    Whether it counts follows from the facts and is worked out anew whenever these change
    (:meth:`_judge`), so nothing is lost by a merge that is undone.
    """

    _name = 'healthcare.introduction'
    _description = "Introduction"
    _inherit = ['healthcare.own.clinic']
    _order = 'first_touch_at desc, id desc'
    _rec_name = 'introducer_id'

    introducer_id = fields.Many2one(
        'healthcare.introducer',
        string="Brought By",
        required=True,
        index=True,
        ondelete='restrict',
        groups=GROUP_STAFF,
    )
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        index='btree_not_null',
        ondelete='cascade',
        domain=[('is_patient', '=', True)],
        groups=GROUP_STAFF,
        help="Who was brought. Empty until the enquiry becomes a patient.",
    )
    enquiry_id = fields.Many2one(
        'healthcare.enquiry',
        string="Enquiry",
        readonly=True,
        ondelete='set null',
        groups=GROUP_STAFF,
    )
    company_id = fields.Many2one(
        related='introducer_id.company_id', store=True, index=True, string="Clinic"
    )
    first_touch_at = fields.Datetime(
        string="First Came By It",
        required=True,
        default=fields.Datetime.now,
        help="When they first named the code. Whoever brought them first counts.",
    )
    until = fields.Date(
        string="Counts Until",
        readonly=True,
        groups=GROUP_STAFF,
        help="The last day for the first visit.",
    )
    visit_id = fields.Many2one(
        'calendar.event',
        string="First Visit",
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
        groups=GROUP_STAFF,
    )
    came_at = fields.Datetime(string="Came On", readonly=True, groups=GROUP_STAFF)
    state = fields.Selection(
        STATES,
        required=True,
        default='asked',
        readonly=True,
        copy=False,
        groups=GROUP_STAFF,
    )
    reason = fields.Selection(REASONS, string="Because", readonly=True, groups=GROUP_STAFF)
    decision = fields.Selection(
        [('counts', "Counts"), ('refused', "Does not count")],
        readonly=True,
        copy=False,
        groups=GROUP_STAFF,
        help="What staff decided where it was not certain.",
    )
    decided_by_id = fields.Many2one('res.users', readonly=True, ondelete='set null')
    is_professional = fields.Boolean(
        related='introducer_id.is_professional', related_sudo=False, groups=GROUP_STAFF
    )
    points = fields.Float(
        string="Points Given",
        compute='_compute_points',
        groups=GROUP_STAFF,
        help="To both of them.",
    )

    _enquiry_uniq = models.UniqueIndex(
        '(enquiry_id) WHERE enquiry_id IS NOT NULL', "This enquiry has an introduction already."
    )
    # of several who brought somebody, one is rewarded, whatever ran at the same moment
    _counts_uniq = models.UniqueIndex(
        "(patient_id) WHERE state IN ('waiting', 'came')",
        "Somebody else brought this patient before.",
    )
    _until_idx = models.Index("(until) WHERE state = 'waiting'")

    @api.depends('state')
    def _compute_points(self):
        self.env['loyalty.history'].flush_model(['cause', 'issued', 'is_reversed'])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT cause, SUM(issued) FROM loyalty_history
                 WHERE cause = ANY(%s) AND is_reversed IS NOT TRUE GROUP BY cause
                """,
                [f'introduction:{id_}' for id_ in self._origin.ids],
            )
        )
        given = dict(rows)
        for introduction in self:
            introduction.points = given.get(f'introduction:{introduction._origin.id}', 0)

    # ------------------------------------------------------------ who writes

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(not vals.keys() <= SAID for vals in vals_list):
            raise AccessError(self.env._("What became of an introduction follows from the facts."))
        introductions = super().create(vals_list)
        for introduction in introductions:
            introduction._check_first_touch()
            # sudo: how long it counts is the software's to write
            clinic = introduction.sudo().company_id
            first = clinic._get_local_day(introduction.first_touch_at)
            introduction.sudo().until = first + timedelta(days=clinic.introduction_days)
        introductions._decide()
        return introductions

    def write(self, vals):
        if not self.env.su and not vals.keys() <= {'patient_id'}:
            raise AccessError(
                self.env._("Who brought whom stays as it was recorded. Record a new introduction.")
            )
        is_settled = 'patient_id' in vals and any(
            one.patient_id and one.patient_id.id != vals['patient_id'] for one in self
        )
        if is_settled and not self.env.su:
            raise UserError(
                self.env._(
                    "Whom they brought stays as it was recorded. If it was somebody else, refuse "
                    "this introduction and record a new one."
                )
            )
        is_about = 'patient_id' in vals or 'introducer_id' in vals
        if is_about:
            self._release_referrers()
        result = super().write(vals)
        if is_about:
            self._decide()
        return result

    def unlink(self):
        """Look again at others who brought the same patients: one may count now."""
        # sudo: as everywhere here, the software looks
        patients = self.sudo().patient_id
        self._release_referrers()
        result = super().unlink()
        self._look_again_at(patients)
        return result

    def _release_referrers(self):
        """Empty who recommended the clinic where it follows from these introductions."""
        # sudo: what follows from an introduction is the software's to write
        for introduction in self.sudo():
            patient = introduction.patient_id
            if patient.referrer_id and patient.referrer_id == introduction._get_counting():
                patient.referrer_id = False

    def _get_counting(self):
        """Return who counts as having brought somebody: at most one for each patient."""
        counting = self.filtered(lambda one: one.state in COUNTING)
        return counting.introducer_id.partner_id._follow_merges()

    @api.constrains('introducer_id', 'patient_id')
    def _check_clinic(self):
        # sudo: of which clinic they are, whoever may see them
        for introduction in self.sudo():
            introduction.introducer_id._check_clinic(introduction.patient_id.company_id)

    def _check_first_touch(self):
        """Let nobody invent when somebody came: a patient of long ago would be a newcomer.

        :raise UserError: the time is in the future, or long ago
        """
        now = fields.Datetime.now()
        if self.first_touch_at > now + timedelta(minutes=5):
            raise UserError(self.env._("Nobody can have come by a code in the future."))
        if (
            self.first_touch_at < now - ENTERED_LATE
            and not self.env.su
            and not self.env.user.has_group(GROUP_ADMINISTRATOR)
        ):
            raise UserError(
                self.env._(
                    "Only the clinic administrator can enter what happened more than %s days ago.",
                    ENTERED_LATE.days,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_came(self):
        if self.sudo().filtered(lambda one: one.state == 'came'):
            raise UserError(
                self.env._(
                    "Points were given for this introduction. If it does not count, refuse it: "
                    "the points are taken back."
                )
            )

    def action_accept(self):
        """They are two people, and it counts, staff says."""
        states = ('check',)
        if self.env.user.has_group(GROUP_ADMINISTRATOR):
            states += ('refused',)
        return self._settle_doubt('counts', states)

    def action_refuse(self):
        """It does not count, staff says."""
        return self._settle_doubt('refused', ('check', 'waiting', 'came', 'asked', 'late'))

    def action_reopen(self):
        """What staff decided is to be decided anew."""
        return self._settle_doubt(False, ('refused', 'waiting', 'came', 'check', 'late'))

    def _settle_doubt(self, decision, states):
        self.check_access('write')
        # sudo: state and decision are written here only
        for introduction in self.sudo():
            if introduction.state in states:
                introduction.write({'decision': decision, 'decided_by_id': self.env.uid})
        self._decide()
        return True

    # ------------------------------------------------------------ whether it counts

    def _decide(self):
        """Say whether these introductions count, and have points given or taken back."""
        self._judge()
        self.env['healthcare.loyalty.cause']._note('introduction', self.ids)

    @api.model
    def _look_again_at(self, partners):
        """Have the introductions of these people looked at, on whichever side they are."""
        # sudo: the software looks after the clinic's own
        found = self.sudo().search(
            [
                '|',
                ('patient_id', 'in', partners.ids),
                ('introducer_id.partner_id', 'in', partners.ids),
            ]
        )
        self.env['healthcare.loyalty.cause']._note('introduction', found.ids)

    def _judge(self):
        """Work out the state of these introductions, and of others of the same patients."""
        # sudo: the facts are about people whom not everybody at the desk may see
        known = self.sudo()
        patients = known.patient_id
        known |= known.search([('patient_id', 'in', patients.ids)])
        visits = {
            head: self._find_first_visits(patients, head) for head in known.company_id.root_id
        }
        for introduction in known - known.filtered('patient_id'):
            refused = introduction.decision == 'refused'
            introduction._set('refused' if refused else 'asked', refused and 'staff')
        by_patient = known.filtered('patient_id').grouped('patient_id')
        for patient, introductions in by_patient.items():
            counted = introductions._get_counting()
            # who has been rewarded stays; of the others whoever came first counts
            ordered = introductions.sorted(
                lambda one: (one.state != 'came', one.first_touch_at, one.id)
            )
            verdicts = {}
            for introduction in ordered:
                visit = visits[introduction.company_id.root_id].get(patient.id)
                verdicts[introduction] = introduction._get_verdict(visit, verdicts)
            # those that do not count make way first
            for introduction, verdict in sorted(
                verdicts.items(), key=lambda pair: pair[1][0] in COUNTING
            ):
                introduction._set(*verdict)
            counting = introductions._get_counting()
            # a referrer whom staff chose otherwise stays
            follows = not patient.referrer_id or patient.referrer_id in counted
            if follows and patient.referrer_id != counting:
                patient.referrer_id = counting

    def _get_verdict(self, visit, verdicts):
        """Return state, reason and first visit, from the facts.

        :param visit: ``(id, start)`` of the first visit of the patient; None before it
        :param verdicts: those of introductions of the patient that come before this one
        """
        if self.decision == 'refused':
            return 'refused', 'staff', None
        if reason := self._find_refusal(visit, verdicts):
            return 'refused', reason, None
        clinic = self.company_id
        came = visit and clinic._get_local_day(visit[1]) <= self.until
        if self.decision != 'counts' and self.state != 'came':
            state, reason = self._find_alike()
            if state:
                return state, reason, None
        if came:
            return 'came', False, visit
        late = visit or clinic._get_local_today() > self.until
        return 'late' if late else 'waiting', False, None

    def _find_refusal(self, visit, verdicts):
        """Return why this cannot count, whatever staff says; None if it can."""
        patient, introducer = self.patient_id, self.introducer_id.partner_id._follow_merges()
        if introducer == patient or (patient.user_ids and patient.user_ids & introducer.user_ids):
            return 'self'
        if patient.id in self._find_chain(introducer.id):
            return 'circle'
        first = self.company_id._get_local_day(self.first_touch_at)
        for other, (state, *_rest) in verdicts.items():
            if state == 'came' or (state in ('waiting', 'check') and other.until >= first):
                return 'earlier'
        since = self.first_touch_at - WRITTEN_LATER
        if self.decision != 'counts' and (
            (visit and visit[1] < since)
            or (patient.create_date < since and patient.lifecycle_stage not in ('prospect', 'new'))
        ):
            return 'known'
        return None

    @api.model
    def _find_chain(self, partner_id):
        """Return the ids of those who brought somebody, of those who brought these, and so on."""
        self.flush_model(['patient_id', 'introducer_id', 'state'])
        self.env['healthcare.introducer'].flush_model(['partner_id'])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE chain (partner_id) AS (
                    SELECT %s::int
                     UNION
                    SELECT introducer.partner_id FROM chain
                      JOIN healthcare_introduction introduction
                        ON introduction.patient_id = chain.partner_id
                       AND introduction.state IN ('check', 'waiting', 'came', 'late')
                      JOIN healthcare_introducer introducer
                        ON introducer.id = introduction.introducer_id
                )
                SELECT partner_id FROM chain WHERE partner_id <> %s
                """,
                partner_id,
                partner_id,
            )
        )
        return {id_ for (id_,) in rows}

    def _find_alike(self):
        """Return what the identity matcher makes of the patient: ``(state, reason)``.

        Who is surely on file already does not count; who may be is for staff to look at.
        """
        patient, introducer = self.patient_id, self.introducer_id.partner_id._follow_merges()
        (found,) = patient._match_people(patient._person(), limit=ALIKE)
        zones = {id_: match.zone for id_, match in found if match.zone in ('link', 'review')}
        for other in self._get_different(patient):
            zones.pop(other, None)
        # the matcher looks everywhere; who is a patient of somebody else is not for this clinic
        group = self.company_id.root_id
        alike = patient.browse(zones).filtered(
            lambda one: not one.company_id or one.company_id.root_id == group
        )
        verdicts = set()
        for other, one in zip(alike, alike._follow_merges(), strict=True):
            if one == patient:
                continue
            if one == introducer:
                reason = 'self'
            elif self._find_first_visits(one, group):
                reason = 'duplicate'
            else:
                continue
            verdicts.add(('refused' if zones[other.id] == 'link' else 'check', reason))
        if not verdicts and patient._shares_contact(introducer):
            verdicts.add(('check', 'self'))
        # what is certain comes before what may be
        return max(verdicts, default=(None, None))

    @api.model
    def _get_different(self, patient):
        """Return the ids of those of whom staff said that they are somebody else."""
        links = self.env['healthcare.patient.link'].search(
            [
                ('status', '=', 'different'),
                '|',
                ('patient_id', '=', patient.id),
                ('other_id', '=', patient.id),
            ]
        )
        return (links.patient_id | links.other_id).ids

    @api.model
    def _find_first_visits(self, patients, head):
        """Return ``{patient id: (visit id, start)}`` of those who have come.

        :param res.company head: a visit elsewhere than there or at a branch is none
        """
        self.env['calendar.event'].flush_model()
        # somebody came to a branch that is closed now, too
        clinics = head.with_context(active_test=False)._get_branch_ids()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (patient_id) patient_id, id, start FROM calendar_event
                 WHERE patient_id = ANY(%s) AND is_appointment AND active
                   AND appointment_status = 'fulfilled'
                   AND (company_id IS NULL OR company_id = ANY(%s))
              ORDER BY patient_id, start, id
                """,
                patients.ids,
                clinics,
            )
        )
        return {patient: (id_, start) for patient, id_, start in rows}

    def _set(self, state, reason=False, visit=None):
        """Write what was worked out, where it differs."""
        values = {
            'state': state,
            'reason': reason,
            'visit_id': visit[0] if visit else False,
            'came_at': visit[1] if visit else False,
        }
        changed = {
            name: value
            for name, value in values.items()
            if (self[name].id if name == 'visit_id' else self[name]) != value
        }
        if changed:
            self.write(changed)
            self.flush_recordset()

    @api.model
    def _cron_late(self):
        """Have it said of those whose time is over that they are too late."""
        # at no clinic is it later than tomorrow by the clock of the database
        tomorrow = fields.Date.today() + timedelta(days=1)
        late = self.search([('state', '=', 'waiting'), ('until', '<', tomorrow)]).filtered(
            lambda one: one.until < one.company_id._get_local_today()
        )
        self.env['healthcare.loyalty.cause']._note('introduction', late.ids)
