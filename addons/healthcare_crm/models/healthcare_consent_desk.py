from odoo import api, models
from odoo.exceptions import UserError
from odoo.http import request

from ..consenting import wording
from .healthcare_consent_signature import MAX_DEVICE


class HealthcareConsentSignature(models.Model):
    """Signing on the clinic's own screen: what the screen loads, and what it sends."""

    _inherit = 'healthcare.consent.signature'

    @api.model
    def desk_load(self, patient_id, form_ids=(), lang=None):
        """Return the forms that can be signed about a patient, in a language.

        :param form_ids: only these, as ids; all that are offered when empty
        :rtype: dict
        """
        self._check_staff()
        patient = self._desk_patient(patient_id)
        languages = self.env['res.lang'].get_installed()
        codes = [code for code, _name in languages]
        lang = next(code for code in (lang, patient.lang, self.env.lang, *codes) if code in codes)
        forms = self.env['healthcare.consent.form'].with_context(lang=lang)._get_offered(patient)
        if form_ids:
            forms = forms.filtered(lambda form: form.id in form_ids)
        signed = self._in_force(patient.ids, forms.ids)
        is_minor = patient._is_minor()
        guardian = patient.sudo().guardian_id
        relation = self._fields['relation']._description_selection(self.with_context(lang=lang).env)
        self.env['healthcare.consent']._tell_audit('read', self, patient, 'forms to sign')
        return {
            'patient': {'id': patient.id, 'name': patient.name},
            'is_minor': is_minor,
            'guardian': {'id': guardian.id, 'name': guardian.name} if guardian else False,
            'lang': lang,
            'languages': [[code, name.split(' / ')[-1]] for code, name in languages],
            'relations': [[code, label] for code, label in relation if code != 'self'],
            'forms': [
                self._desk_form(form, lang, (patient.id, form.id) in signed) for form in forms
            ],
        }

    @api.model
    def desk_sign(self, patient_id, version_id, answers, name, image, relation='self', lang=None):
        """Write down what was signed on this screen.

        :param answers: ``[[purpose id, channel]]`` that were ticked
        :param relation: how who signs is related to the patient
        :return: id of the signature
        """
        self._check_staff()
        patient = self._desk_patient(patient_id)
        version = self.env['healthcare.consent.form.version'].browse(version_id)
        if not isinstance(version_id, int) or not version.exists():
            raise UserError(self.env._("This form is no longer used. Ask for the present one."))
        version.form_id.check_access('read')
        if not all(isinstance(one, str) for one in (name, image, relation)):
            raise UserError(self.env._("Please sign in the field."))
        try:
            ticked = {(int(purpose), str(channel)) for purpose, channel in answers}
        except (TypeError, ValueError):
            raise UserError(self.env._("The form does not ask for this.")) from None
        signer = patient if relation == 'self' else patient.sudo().guardian_id
        return self._sign(
            patient,
            version,
            ticked,
            lang=lang,
            signer=signer or patient,
            method='desk',
            name=name,
            image=image,
            relation=relation,
            origin=_origin(),
        ).id

    def _desk_patient(self, patient_id):
        patient = self.env['res.partner'].browse(patient_id)
        if not isinstance(patient_id, int) or not patient.exists():
            raise UserError(self.env._("This patient is not on file."))
        patient.check_access('read')
        if not patient.is_patient:
            raise UserError(self.env._("This patient is not on file."))
        return patient

    def _desk_form(self, form, lang, is_signed):
        version = form.version_id
        words = version._get_wording(lang)
        words._check_intact()
        return {
            'id': form.id,
            'name': form.name,
            'version_id': version.id,
            'lang': words.lang,
            'title': words.title,
            'blocks': [[kind, text] for kind, text in wording.blocks(words.body)],
            'statement': words.statement or '',
            'items': words.items or [],
            'sha256': words.sha256,
            'is_signed': is_signed,
            'adults_only': version.signer == 'adult',
        }


def _origin():
    """Return from which address and device the present request came."""
    if not request:
        return ''
    agent = request.httprequest.user_agent.string[:MAX_DEVICE]
    return f'{request.httprequest.remote_addr or ""} {agent}'.strip()
