import base64
import binascii
import io

import pytz
from dateutil.relativedelta import relativedelta
from PIL import Image, UnidentifiedImageError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import format_datetime

from ..consenting import seal, wording
from ..sensitive import GROUP_STAFF

MAX_IMAGE = 300_000
MAX_PIXELS = 2400
MAX_NAME = 120
MAX_DEVICE = 200
METHODS = [
    ('desk', "On screen at the desk"),
    ('link', "By a link, on the patient's own device"),
]
RELATIONS = [
    ('self', "The patient"),
    ('parent', "Mother or father"),
    ('guardian', "Legal guardian"),
    ('representative', "Other legal representative"),
]


class HealthcareConsentSignature(models.Model):
    """One signature under a consent form, or its withdrawal. Rows are only ever added.

    What was signed is kept as a sealed PDF among the patient's documents; its SHA-256 is here.
    """

    _name = 'healthcare.consent.signature'
    _description = "Signed Consent Form"
    _order = 'date desc, id desc'
    _rec_name = 'form_id'

    patient_id = fields.Many2one(
        'res.partner', string="Patient", required=True, ondelete='restrict', groups=GROUP_STAFF
    )
    form_id = fields.Many2one(
        'healthcare.consent.form',
        string="Form",
        required=True,
        ondelete='restrict',
        index=True,
        groups=GROUP_STAFF,
    )
    version_id = fields.Many2one(
        'healthcare.consent.form.version',
        string="Wording",
        required=True,
        ondelete='restrict',
        index=True,
        groups=GROUP_STAFF,
    )
    lang = fields.Char(string="Language", groups=GROUP_STAFF)
    wording_sha256 = fields.Char(
        string="Fingerprint of the Words", required=True, groups=GROUP_STAFF
    )
    decision = fields.Selection(
        [('permit', "Signed"), ('deny', "Withdrawn")], required=True, groups=GROUP_STAFF
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now, groups=GROUP_STAFF)
    expires_on = fields.Date(string="Valid Until", groups=GROUP_STAFF)
    signer_id = fields.Many2one(
        'res.partner',
        string="Signed By",
        required=True,
        ondelete='restrict',
        index=True,
        groups=GROUP_STAFF,
    )
    signer_name = fields.Char(string="Name as Signed", groups=GROUP_STAFF)
    relation = fields.Selection(
        RELATIONS, string="Relation to the Patient", required=True, groups=GROUP_STAFF
    )
    method = fields.Selection(METHODS, string="How", required=True, groups=GROUP_STAFF)
    origin = fields.Char(string="Address and Device", groups=GROUP_STAFF)
    consent_ids = fields.One2many(
        'healthcare.consent', 'signature_id', string="Decisions", groups=GROUP_STAFF
    )
    document_id = fields.Many2one(
        'healthcare.document',
        string="Signed Copy",
        ondelete='restrict',
        index='btree_not_null',
        groups=fields.NO_ACCESS,
    )
    pdf_sha256 = fields.Char(
        string="Fingerprint of the Copy", groups=GROUP_STAFF, help="SHA-256 of the sealed PDF."
    )

    _latest_idx = models.Index('(patient_id, form_id, date DESC, id DESC)')
    _date_idx = models.Index('(date DESC, id DESC)')

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Only a signature makes a signed consent."))
        return super().create(vals_list)

    def write(self, vals):
        """Refuse every change, the superuser's too: a signature is evidence."""
        if not self:
            return super().write(vals)
        raise UserError(self.env._("A signature cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        raise UserError(self.env._("A signature cannot be deleted."))

    # -- signing

    @api.model
    def _sign(self, patient, version, answers, *, lang, signer, method, name, image=None,
              relation='self', origin=''):  # fmt: skip
        """Write down what somebody signed: one consent for each decision, and one sealed PDF.

        :param answers: set of (purpose id, channel) that were ticked; all others are refused
        :param signer: the contact who signs: the patient, or the guardian
        :param image: what was drawn, as a data URL of a PNG
        :raise UserError: it cannot be signed so, said in words for who signs
        """
        # sudo: the caller asked who may; a patient has no user
        patient, version, signer = patient.sudo(), version.sudo(), signer.sudo()
        self = self.sudo()
        words = version._get_wording(lang)
        self._check_signing(patient, version, words, signer, relation)
        name = wording.clean(name).replace('\n', ' ')[:MAX_NAME]
        if len(name) < 2:
            raise UserError(self.env._("Please write your name."))
        drawn = self._read_image(image) if image else None
        if not drawn and method == 'desk':
            raise UserError(self.env._("Please sign in the field."))
        asked = {
            (item['purpose_id'], code)
            for item in words.items or []
            for code, _label in item['channels']
        }
        if not set(answers) <= asked:
            raise UserError(self.env._("The form does not ask for this."))
        now = fields.Datetime.now()
        expires_on = None
        if version.validity_months:
            expires_on = now.date() + relativedelta(months=version.validity_months)
        values = {
            'patient_id': patient.id,
            'form_id': version.form_id.id,
            'version_id': version.id,
            'lang': words.lang,
            'wording_sha256': words.sha256,
            'decision': 'permit',
            'date': now,
            'expires_on': expires_on,
            'signer_id': signer.id,
            'signer_name': name,
            'relation': relation,
            'method': method,
            'origin': origin,
        }
        pdf = self._make_pdf(values, words, set(answers), drawn)
        document = self.env['healthcare.document'].create(
            {
                'patient_id': patient.id,
                'name': words.title,
                'kind': 'consent',
                'date': fields.Date.context_today(self),
                'file': base64.b64encode(pdf),
                'file_name': f'consent-{now:%Y-%m-%d}-{version.id}.pdf',
                'source': name,
            }
        )
        signature = self.create(
            {**values, 'document_id': document.id, 'pdf_sha256': seal.sha256(pdf)}
        )
        self.env['healthcare.consent'].sudo().create(
            [
                {
                    'patient_id': patient.id,
                    'purpose_id': purpose_id,
                    'channel': channel,
                    'decision': 'permit' if (purpose_id, channel) in answers else 'deny',
                    'date': now,
                    'method': 'screen' if method == 'desk' else 'link',
                    'given_by_id': signer.id if signer != patient else False,
                    'form_version_id': version.id,
                    'wording_sha256': words.sha256,
                    'expires_on': (purpose_id, channel) in answers and expires_on,
                    'signature_id': signature.id,
                    'origin': origin,
                }
                for purpose_id, channel in sorted(asked)
            ]
        )
        self.env['healthcare.consent']._tell_audit('consent', signature, patient, 'signed')
        return signature

    def _check_signing(self, patient, version, words, signer, relation):
        """Say who cannot sign what.

        :raise UserError: in words for who is about to
        """
        if version.state != 'in_use' or not version.form_id.active or not words:
            raise UserError(self.env._("This form is no longer used. Ask for the present one."))
        words._check_intact()
        clinic = version.form_id.company_id
        home = patient.company_id
        if clinic and home and clinic not in home.parent_ids:
            raise UserError(self.env._("This form is another clinic's."))
        if not patient.is_patient or patient.deceased or not patient.active:
            raise UserError(self.env._("Nothing can be signed about this person."))
        is_minor = patient._is_minor()
        if is_minor and version.signer == 'adult':
            raise UserError(self.env._("This form is for patients who are of age."))
        if signer == patient:
            if is_minor:
                raise UserError(
                    self.env._("The patient is a minor: the parent or guardian signs, not alone.")
                )
            if relation != 'self':
                raise UserError(self.env._("Who signs, the patient or somebody else?"))
            return
        if signer != patient.guardian_id:
            raise UserError(
                self.env._("Only the patient, or the guardian on the patient's record, signs.")
            )
        if relation not in dict(RELATIONS) or relation == 'self':
            raise UserError(self.env._("Please say how you are related to the patient."))
        if signer._is_minor() or signer.deceased:
            raise UserError(self.env._("The guardian on the patient's record cannot sign."))

    @api.model
    def _read_image(self, data_url):
        """Return a drawn signature as a clean PNG.

        It is drawn anew from its dots, so that nothing else that was put into the file stays.

        :raise UserError: it is no picture, too large, or empty
        """
        head, _comma, body = (data_url or '').partition(',')
        refused = UserError(self.env._("The signature could not be read. Please sign again."))
        if head != 'data:image/png;base64' or len(body) > MAX_IMAGE * 4 // 3:
            raise refused
        try:
            data = base64.b64decode(body, validate=True)
            with Image.open(io.BytesIO(data), formats=['PNG']) as picture:
                if max(picture.size) > MAX_PIXELS or min(picture.size) < 8:
                    raise refused
                picture = picture.convert('RGBA')
        except (binascii.Error, UnidentifiedImageError, OSError, ValueError, SyntaxError,
                Image.DecompressionBombError) as error:  # fmt: skip
            raise refused from error
        paper = Image.new('RGBA', picture.size, 'white')
        paper.alpha_composite(picture)
        grey = paper.convert('L')
        low, high = grey.getextrema()
        if high - low < 40:
            raise UserError(self.env._("The field for the signature is empty. Please sign."))
        out = io.BytesIO()
        paper.convert('RGB').save(out, 'PNG')
        return out.getvalue()

    def _make_pdf(self, values, words, answers, drawn):
        """Return the sealed PDF of what is signed."""
        try:
            sealer = seal.load()
        except seal.SealMissing as error:
            raise UserError(str(error)) from error
        env = self.with_context(lang=words.lang).env
        patient = env['res.partner'].browse(values['patient_id'])
        clinic = patient.company_id or env.company
        moment = pytz.utc.localize(values['date'])
        html = env['ir.qweb']._render(
            'healthcare_crm.consent_pdf',
            {
                'words': words,
                'blocks': wording.blocks(words.body),
                'answers': answers,
                'patient': patient,
                'clinic': clinic,
                'values': values,
                'relation': dict(self._fields['relation']._description_selection(env))[
                    values['relation']
                ],
                'method': dict(self._fields['method']._description_selection(env))[
                    values['method']
                ],
                'when': format_datetime(
                    env, values['date'], tz=clinic.resource_calendar_id.tz or 'UTC'
                ),
                'moment': moment.isoformat(timespec='seconds'),
                'drawn': drawn and base64.b64encode(drawn).decode(),
            },
        )
        pdf = env['ir.actions.report']._run_wkhtmltopdf(
            ['<!DOCTYPE html>\n' + str(html)],
            specific_paperformat_args={
                'data-report-margin-top': 12,
                'data-report-margin-bottom': 18,
            },
        )
        return sealer.seal(
            pdf, f"Sealed {moment:%Y-%m-%d %H:%M:%S} UTC   SHA-256 of the words {words.sha256}"
        )

    # -- what is kept

    def _get_pdf(self):
        """Return the bytes of the signed copy; nothing when there is none."""
        self.ensure_one()
        # sudo: documents are for clinical staff; who may see this one was asked by the caller
        return base64.b64decode(self.sudo().document_id.with_context(bin_size=False).file or b'')

    def _verify(self):
        """Say whether the copy on file is what was signed.

        :return: ``valid``, ``altered``, ``unknown`` or ``unsealed``, see :mod:`..consenting.seal`
        """
        self.ensure_one()
        pdf = self._get_pdf()
        if not pdf:
            return seal.Verdict('unsealed')
        if seal.sha256(pdf) != self.sudo().pdf_sha256:
            return seal.Verdict('altered')
        try:
            known = seal.load().certificates
        except seal.SealMissing:
            known = ()
        return seal.verify(pdf, known)

    def _verdict_words(self, verdict):
        """Return the verdict about a signed copy as a sentence."""
        return {
            'valid': self.env._("Valid: this is, to the last byte, what was signed."),
            'altered': self.env._(
                "Altered: this is not the file that was signed. Tell the privacy officer."
            ),
            'unknown': self.env._(
                "Unknown certificate: the file is whole, but was not sealed with a key this "
                "server knows."
            ),
            'unsealed': self.env._("There is no sealed copy."),
        }[verdict.state]

    def action_verify(self):
        """Say in words whether the copy on file is what was signed."""
        self.ensure_one()
        self.check_access('read')
        self._check_staff()
        verdict = self._verify()
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'title': self.env._("Signed copy"),
                'message': self._verdict_words(verdict),
                'type': 'success' if verdict.state == 'valid' else 'danger',
                'sticky': verdict.state != 'valid',
            },
        }

    def action_download(self):
        """Hand the signed copy to staff."""
        self.ensure_one()
        self.check_access('read')
        self._check_staff()
        return {
            'type': 'ir.actions.act_url',
            'url': f'/healthcare/consent/copy/{self.id}',
            'target': 'download',
        }

    def action_withdraw(self):
        """Write down that the patient takes this back, as told at the desk."""
        self.ensure_one()
        self.check_access('read')
        self._check_staff()
        self._withdraw(self.sudo().patient_id.guardian_id if self.sudo().patient_id._is_minor()
                       else self.sudo().patient_id, 'desk', '')  # fmt: skip
        return True

    def _check_staff(self):
        if not (self.env.su or self.env.user.has_group(GROUP_STAFF)):
            raise AccessError(self.env._("Signed consents are for staff."))

    def _withdraw(self, holder, method, origin):
        """Take back a signature, and all consent that came with it and is still in force."""
        # sudo: whoever is here was asked; what is added is the opposite of what is there
        one = self.sudo()
        now = fields.Datetime.now()
        is_patient = holder == one.patient_id
        one.create(
            {
                'patient_id': one.patient_id.id,
                'form_id': one.form_id.id,
                'version_id': one.version_id.id,
                'lang': one.lang,
                'wording_sha256': one.wording_sha256,
                'decision': 'deny',
                'date': now,
                'signer_id': (holder or one.patient_id).id,
                'signer_name': one.signer_name if holder == one.signer_id else holder.name,
                'relation': 'self' if is_patient else (
                    one.relation if one.relation != 'self' else 'guardian'
                ),
                'method': method,
                'origin': origin,
            }
        )  # fmt: skip
        given = one.consent_ids.filtered(lambda consent: consent.decision == 'permit')
        self.env['healthcare.consent'].sudo().create(
            [
                {
                    'patient_id': consent.patient_id.id,
                    'purpose_id': consent.purpose_id.id,
                    'channel': consent.channel,
                    'decision': 'deny',
                    'date': now,
                    'method': 'link' if method == 'link' else 'in_person',
                    'given_by_id': holder.id if not is_patient else False,
                    'form_version_id': consent.form_version_id.id,
                    'wording_sha256': consent.wording_sha256,
                    'origin': origin,
                }
                for consent in given
            ]
        )
        self.env['healthcare.consent']._tell_audit('consent', one, one.patient_id, 'withdrawn')

    # -- which are in force

    @api.model
    def _in_force(self, patient_ids, form_ids):
        """Return the signatures that count today, one query for many patients.

        :rtype: dict[tuple[int, int], int]
        :return: ``{(patient_id, form_id): signature_id}``
        """
        if not (patient_ids and form_ids):
            return {}
        self._flush_signatures()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT patient_id, form_id, id FROM (
                SELECT DISTINCT ON (patient_id, form_id) *
                  FROM healthcare_consent_signature
                 WHERE patient_id = ANY(%s) AND form_id = ANY(%s)
              ORDER BY patient_id, form_id, date DESC, id DESC) AS signed
             WHERE %s
            """,
                list(patient_ids),
                list(form_ids),
                self._sql_counts(SQL('signed'), SQL('= ANY(%s)', list(patient_ids))),
            )
        )
        return {(patient_id, form_id): one for patient_id, form_id, one in rows}

    def _flush_signatures(self):
        self.flush_model()
        self.env['healthcare.consent']._flush_decisions()

    @api.model
    def _sql_counts(self, signed, among):
        """Return SQL that says whether the latest signature of a patient under a form counts.

        :param signed: SQL of the alias of a row of the table
        :param among: SQL that the ids of the patients meet
        """
        return SQL(
            """
            %(signed)s.decision = 'permit'
            AND (%(signed)s.expires_on IS NULL OR %(signed)s.expires_on >= %(today)s)
            AND %(signed)s.version_id NOT IN (
                SELECT id FROM healthcare_consent_form_version WHERE is_void)
            AND (%(signed)s.signer_id <> %(signed)s.patient_id
                 OR %(signed)s.patient_id NOT IN (%(minors)s))
            """,
            signed=signed,
            today=fields.Date.context_today(self),
            minors=self.env['healthcare.consent']._sql_minors(among),
        )
