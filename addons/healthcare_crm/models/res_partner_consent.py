import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from .. import links
from ..consenting.majority import OLDEST, USUAL
from ..sensitive import GROUP_STAFF
from .healthcare_communication import CHANNEL_CODES
from .healthcare_consent_counter import MAX_DECISIONS

# The scope keeps a token that was signed for one page from opening another.
CENTRE_SCOPE = 'healthcare_crm.consent.centre'
SIGN_SCOPE = 'healthcare_crm.consent.sign'
KEY_SCOPE = 'healthcare_crm.consent.key'
CENTRE_PATH = '/healthcare/consent/%s'
SIGN_PATH = '/healthcare/consent/sign/%s'
CENTRE_HOURS = 24 * 60
SIGN_HOURS = 24 * 7
KEY_HOURS = 2
#: as much of the history as the page shows
HISTORY = 40


class ResPartner(models.Model):
    """What a patient, or the guardian of a minor, decides by a link of their own."""

    _inherit = 'res.partner'

    consent_signature_ids = fields.One2many(
        'healthcare.consent.signature',
        'patient_id',
        string="Signed Forms",
        groups=GROUP_STAFF,
    )
    consent_link_number = fields.Integer(
        copy=False,
        groups=fields.NO_ACCESS,
        help="Goes up when the links that were given out are to work no longer.",
    )

    def _is_minor(self):
        """Return whether this patient is not of age where the clinic is."""
        self.ensure_one()
        patient = self.sudo()  # the birth date decides, whoever asks
        age = patient.company_id.healthcare_age_of_majority or USUAL
        today = fields.Date.context_today(self)
        return bool(patient.birth_date) and patient.birth_date > fields.Date.subtract(
            today, years=age
        )

    @api.model
    def _sql_is_minor(self, patient, today=None):
        """Return SQL that says of a row of patients what :meth:`_is_minor` says.

        :param patient: SQL of the alias of the row
        """
        today = today or fields.Date.context_today(self)
        return SQL(
            """
            (%(patient)s.birth_date > %(oldest)s AND %(patient)s.birth_date > %(today)s
             - make_interval(years => COALESCE(
                   (SELECT clinic.healthcare_age_of_majority FROM res_company AS clinic
                     WHERE clinic.id = %(patient)s.company_id), %(usual)s)))
            """,
            patient=patient,
            today=today,
            oldest=fields.Date.subtract(today, years=OLDEST),
            usual=USUAL,
        )

    def _get_consent_holder(self):
        """Return who decides for this patient: the patient, or the guardian of a minor."""
        self.ensure_one()
        return self.sudo().guardian_id if self._is_minor() else self.sudo()

    # -- links

    def _get_consent_url(self):
        """Return the signed address of the page on which this patient chooses what we may send."""
        self.ensure_one()
        return self.get_base_url() + self._get_consent_path()

    def _get_consent_path(self, holder=None, hours=CENTRE_HOURS):
        patient = self.sudo()  # how many links there were is the software's
        holder = holder or patient._get_consent_holder() or patient
        token = links.sign(
            CENTRE_SCOPE,
            [patient.id, holder.id, patient.consent_link_number],
            expiration_hours=hours,
        )
        return CENTRE_PATH % token

    def _get_sign_path(self, version, holder=None, hours=SIGN_HOURS):
        """Return the signed path of the page on which one wording is signed."""
        patient = self.sudo()
        holder = holder or patient._get_consent_holder()
        if not holder:
            raise UserError(
                self.env._("A minor cannot sign. Enter the guardian in the patient's record first.")
            )
        token = links.sign(
            SIGN_SCOPE,
            [patient.id, holder.id, patient.consent_link_number, version.id],
            expiration_hours=hours,
        )
        return SIGN_PATH % token

    @api.model
    def _read_consent_token(self, token, scope=CENTRE_SCOPE):
        """Return whom a link is about, who holds it and what else it says, in sudo; nobody for a
        link that is forged, expired, revoked or was given to somebody who no longer decides.

        The caller is a visitor without rights: the signature is what allows this, hence the sudo.
        """
        nobody = self.sudo().browse()
        payload = links.read(nobody.env, scope, token)
        if not payload:
            return nobody, nobody, ()
        patient_id, holder_id, number, *rest = payload
        patient = nobody.browse(patient_id).exists()
        if patient.merged_into_id:
            patient = patient.merged_into_id
        holder = nobody.browse(holder_id).exists() if holder_id != patient_id else patient
        if (
            not patient.is_patient
            or not patient.active
            or patient.deceased
            or number != nobody.browse(patient_id).consent_link_number
            or (holder != patient and (holder != patient.guardian_id or not patient._is_minor()))
        ):
            return nobody, nobody, ()
        return patient, holder, rest

    def action_revoke_consent_links(self):
        """Make all links this patient was ever given work no longer."""
        self.check_access('write')
        for patient in self.sudo():  # sudo: the number is the software's
            patient.consent_link_number += 1
        self.env['healthcare.consent']._tell_audit('consent', self, self, 'links revoked')
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'message': self.env._("The links that were sent work no longer."),
                'type': 'success',
            },
        }

    # -- the key in a form: signed for it, taken once, for two hours

    def _sign_form_key(self, holder, about=0):
        return links.sign(
            KEY_SCOPE,
            [self.id, holder.id, about, secrets.token_hex(12)],
            expiration_hours=KEY_HOURS,
        )

    def _take_form_key(self, key, holder, about=0):
        """Return whether ``key`` was made for this form, and not used before."""
        payload = links.read(self.sudo().env, KEY_SCOPE, key)
        if not payload or payload[:3] != [self.id, holder.id, about]:
            return False
        return self.env['healthcare.consent.counter'].sudo()._take_once(payload[3], KEY_HOURS + 1)

    def _may_decide_once_more(self):
        """Count a decision about this patient; return whether it may be taken."""
        counter = self.env['healthcare.consent.counter'].sudo()
        hour = f'{fields.Datetime.now():%Y-%m-%dT%H}'
        return counter._count('decisions', f'{self.id}@{hour}') <= MAX_DECISIONS

    # -- the consent centre

    def _prepare_consent_centre(self, holder):
        """Return what the page shows: the state in force, in words, and how it came about."""
        self.ensure_one()
        env = self.env
        purposes = env['healthcare.consent.purpose'].search([('active', '=', True)])
        labels = dict(env['healthcare.consent']._fields['channel']._description_selection(env))
        decisions = env['healthcare.consent']._decisions(self.ids, purposes.ids, CHANNEL_CODES)
        history = env['healthcare.consent'].search([('patient_id', '=', self.id)], limit=HISTORY)
        methods = dict(env['healthcare.consent']._fields['method']._description_selection(env))
        return {
            'patient': self,
            'holder': holder,
            'can_decide': holder != self or not self._is_minor(),
            'purposes': [
                {
                    'id': purpose.id,
                    'name': purpose.name,
                    'description': purpose.description or '',
                    'retention': purpose.retention or '',
                    'channels': [
                        (code, labels[code], decisions.get((self.id, purpose.id, code), [None])[0])
                        for code in CHANNEL_CODES
                    ],
                }
                for purpose in purposes
            ],
            'history': [
                {
                    'date': format_date(env, one.date),
                    'purpose': one.purpose_id.name,
                    'channel': labels[one.channel],
                    'decision': one.decision,
                    'method': methods[one.method],
                }
                for one in history
            ],
            'forms': self._prepare_signed_forms(),
        }

    def _prepare_signed_forms(self):
        """Return the signed forms of this patient, the latest of each form first."""
        signatures = self.env['healthcare.consent.signature'].search(
            [('patient_id', '=', self.id)], limit=HISTORY
        )
        in_force = set(signatures._in_force(self.ids, signatures.form_id.ids).values())
        return [
            {
                'id': one.id,
                'name': one.version_id._get_wording(self.env.lang).title,
                'date': format_date(self.env, one.date),
                'signer': one.signer_name,
                'decision': one.decision,
                'in_force': one.id in in_force,
                'has_copy': bool(one.document_id),
            }
            for one in signatures
        ]

    def _decide_by_link(self, holder, wanted, origin):
        """Write down what was chosen; what stays as it was makes no row.

        :param wanted: ``{(purpose id, channel): 'permit' or 'deny'}``
        :return: how many decisions were new
        """
        self.ensure_one()
        purposes = self.env['healthcare.consent.purpose'].search([('active', '=', True)])
        wanted = {
            (purpose, channel): decision
            for (purpose, channel), decision in wanted.items()
            if purpose in purposes.ids
            and channel in CHANNEL_CODES
            and decision in ('permit', 'deny')
        }
        present = self.env['healthcare.consent']._decisions(self.ids, purposes.ids, CHANNEL_CODES)
        new = {
            key: decision
            for key, decision in wanted.items()
            if present.get((self.id, *key), [None])[0] != decision
        }
        created = self.env['healthcare.consent'].create(
            [
                {
                    'patient_id': self.id,
                    'purpose_id': purpose_id,
                    'channel': channel,
                    'decision': decision,
                    'method': 'link',
                    'given_by_id': holder.id if holder != self else False,
                    'origin': origin,
                }
                for (purpose_id, channel), decision in sorted(new.items())
            ]
        )
        if new:
            self.env['healthcare.consent']._tell_audit('consent', created, self, 'by signed link')
        return len(new)

    def _refuse_all_by_link(self, holder, origin):
        """The patient wants no message at all."""
        purposes = self.env['healthcare.consent.purpose'].search([('active', '=', True)])
        return self._decide_by_link(
            holder,
            {(purpose.id, code): 'deny' for purpose in purposes for code in CHANNEL_CODES},
            origin,
        )

    # -- what staff do

    def action_sign_consent(self):
        """Open the forms for the patient to sign on this screen."""
        self.ensure_one()
        self.env['healthcare.consent.signature']._check_staff()
        self.check_access('read')
        return {
            'type': 'ir.actions.client',
            'tag': 'healthcare_crm.consent_signing',
            'name': self.env._("Sign"),
            'target': 'fullscreen',
            'params': {
                'patient_id': self.id,
                'form_ids': self.env.context.get('consent_form_ids') or [],
            },
        }

    def action_open_consent_link(self):
        """Show the links that can be sent to the patient."""
        self.ensure_one()
        self.env['healthcare.consent.signature']._check_staff()
        self.check_access('write')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Links for the Patient"),
            'res_model': 'healthcare.consent.link',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_patient_id': self.id},
        }

    def action_view_signatures(self):
        """List what this patient signed."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Signed Forms"),
            'res_model': 'healthcare.consent.signature',
            'view_mode': 'list,form',
            'domain': [('patient_id', '=', self.id)],
        }
