import base64

from werkzeug.exceptions import MethodNotAllowed, RequestEntityTooLarge

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

from ..consenting import wording
from ..models.healthcare_communication import CHANNEL_CODES
from ..models.healthcare_consent_desk import _origin
from ..models.res_partner_consent import CENTRE_SCOPE, SIGN_SCOPE
from ..sensitive import GROUP_STAFF
from .patient_page import choose_lang, render, render_invalid

#: What a form of ours may come to, in bytes: a drawn signature, and a few words.
MAX_BODY = 512 * 1024
NOTICES = ('saved', 'same', 'stopped', 'withdrawn', 'again', 'busy', 'guardian', 'signed')


def _opens(scope):
    """Return what says whether a page is shown on a connection that can only read: that of a link
    that opens it. A link that does not exist is counted, which is written."""

    def is_readonly(_controller, _rule, args):
        return bool(request.env['res.partner']._read_consent_token(args['token'], scope)[0])

    return is_readonly


class ConsentController(http.Controller):
    """The pages on which patients choose what the clinic may send, and sign its forms.

    Opening them (GET, HEAD) decides nothing, so neither does a mail scanner or a link preview; the
    form on them (POST) does, with a key that is made for it and taken once; the database connection
    of a page that is opened can only read. The routes are public: the signed, expiring, revocable
    link is what opens one patient's page.
    """

    @http.route(
        '/healthcare/consent/<string:token>',
        type='http',
        auth='public',
        methods=['GET'],
        readonly=_opens(CENTRE_SCOPE),
        save_session=False,
    )
    def centre_page(self, token, lang=None, notice=None, **_ignored):
        patient, holder, _rest, refused = self._open(token, lang)
        if refused:
            return refused
        code = choose_lang(lang, holder.lang, patient.lang)
        return self._render_centre(patient, holder, code, notice if notice in NOTICES else None)

    # csrf=False: Odoo's CSRF token lives in a session cookie, which mail and chat apps' own
    # browsers often refuse. The key in the form takes its place: signed for this patient and this
    # holder, and taken once. No right of a session the visitor may have is used.
    @http.route(
        '/healthcare/consent/<string:token>',
        type='http',
        auth='public',
        methods=['POST'],
        csrf=False,
        save_session=False,
    )
    def centre_decide(self, token, **_ignored):
        form = self._read_form()
        lang = form.get('lang')
        patient, holder, _rest, refused = self._open(token, lang)
        if refused:
            return refused
        code = choose_lang(lang, holder.lang, patient.lang)
        patient = patient.with_context(lang=code)
        if not patient._may_decide_once_more():
            return self._render_centre(patient, holder, code, 'busy', 429)
        if not patient._take_form_key(form.get('key'), holder):
            return self._render_centre(patient, holder, code, 'again', 422)
        if holder == patient and patient._is_minor():
            return self._render_centre(patient, holder, code, 'guardian', 422)
        action = form.get('action') or ''
        if action == 'stop':
            patient._refuse_all_by_link(holder, _origin())
            notice = 'stopped'
        elif action.startswith('withdraw_'):
            signature = self._find_signature(patient, action.removeprefix('withdraw_'))
            if not signature:
                return self._render_centre(patient, holder, code, 'again', 422)
            signature._withdraw(holder, 'link', _origin())
            notice = 'withdrawn'
        elif action == 'save':
            new = patient._decide_by_link(holder, self._read_decisions(form), _origin())
            notice = 'saved' if new else 'same'
        else:
            notice = 'again'
        # 303, so that reloading or going back shows the page instead of deciding again
        return request.redirect(f'{request.httprequest.path}?lang={code}&notice={notice}', code=303)

    @http.route(
        '/healthcare/consent/<string:token>/copy/<int:signature_id>',
        type='http',
        auth='public',
        methods=['GET'],
        readonly=_opens(CENTRE_SCOPE),
        save_session=False,
    )
    def centre_copy(self, token, signature_id, lang=None, **_ignored):
        """Hand a patient the copy of what was signed."""
        patient, _holder, _rest, refused = self._open(token, lang)
        if refused:
            return refused
        signature = self._find_signature(patient, str(signature_id), latest=False)
        if not signature:
            return render_invalid(lang)
        request.env['healthcare.audit']._record(
            'export',
            signature._name,
            patient_ids=patient.ids,
            res_ids=signature.ids,
            detail='copy by signed link',
        )
        return self._send_pdf(signature)

    @http.route(
        '/healthcare/consent/sign/<string:token>',
        type='http',
        auth='public',
        methods=['GET'],
        readonly=_opens(SIGN_SCOPE),
        save_session=False,
    )
    def sign_page(self, token, lang=None, notice=None, **_ignored):
        patient, holder, rest, refused = self._open(token, lang, SIGN_SCOPE)
        if refused:
            return refused
        code = choose_lang(lang, holder.lang, patient.lang)
        return self._render_sign(patient, holder, rest[0], code, notice == 'signed')

    # csrf=False: as above
    @http.route(
        '/healthcare/consent/sign/<string:token>',
        type='http',
        auth='public',
        methods=['POST'],
        csrf=False,
        save_session=False,
    )
    def sign(self, token, **_ignored):
        form = self._read_form()
        lang = form.get('lang')
        patient, holder, rest, refused = self._open(token, lang, SIGN_SCOPE)
        if refused:
            return refused
        code = choose_lang(lang, holder.lang, patient.lang)
        patient = patient.with_context(lang=code)
        version = patient.env['healthcare.consent.form.version'].browse(rest[0]).exists()
        if not version:
            return render_invalid(lang)
        if not patient._may_decide_once_more():
            return self._render_sign(patient, holder, rest[0], code, error='busy', status=429)
        if not patient._take_form_key(form.get('key'), holder, version.id):
            return self._render_sign(
                patient, holder, rest[0], code, error='again', kept=form, status=422
            )
        if not form.get('agree'):
            return self._render_sign(
                patient, holder, rest[0], code, error='agree', kept=form, status=422
            )
        answers = {
            (int(purpose), channel)
            for purpose, channel in self._split_names(form, 'ask')
        }  # fmt: skip
        try:
            patient.env['healthcare.consent.signature']._sign(
                patient,
                version,
                answers,
                lang=code,
                signer=holder,
                method='link',
                name=form.get('name') or '',
                image=form.get('image') or None,
                relation='self' if holder == patient else form.get('relation') or '',
                origin=_origin(),
            )
        except UserError as error:
            return self._render_sign(
                patient, holder, rest[0], code, error=str(error), kept=form, status=422
            )
        return request.redirect(f'{request.httprequest.path}?lang={code}&notice=signed', code=303)

    # -- for staff

    @http.route('/healthcare/consent/copy/<int:signature_id>', type='http', auth='user',
                methods=['GET'])  # fmt: skip
    def staff_copy(self, signature_id):
        """Hand staff a signed copy."""
        signature = request.env['healthcare.consent.signature'].search([('id', '=', signature_id)])
        if not request.env.user.has_group(GROUP_STAFF) or not signature:
            raise request.not_found()
        request.env['healthcare.audit']._record(
            'export',
            signature._name,
            patient_ids=signature.patient_id.ids,
            res_ids=signature.ids,
            detail='signed copy',
        )
        return self._send_pdf(signature.sudo())

    @http.route('/healthcare/consent/proof/<int:consent_id>', type='http', auth='user',
                methods=['GET'])  # fmt: skip
    def staff_proof(self, consent_id):
        """Hand staff what proves a consent: a scan, a letter, a recording."""
        consent = request.env['healthcare.consent'].search([('id', '=', consent_id)])
        # sudo: documents are for clinical staff; this one the desk filed
        document = consent.sudo().document_id
        if not request.env.user.has_group(GROUP_STAFF) or not document:
            raise request.not_found()
        request.env['healthcare.audit']._record(
            'export',
            consent._name,
            patient_ids=consent.patient_id.ids,
            res_ids=consent.ids,
            detail='proof',
        )
        data = base64.b64decode(document.with_context(bin_size=False).file or b'')
        # never shown in the browser: what staff upload may be a page with a script
        return self._send(data, document.file_name or 'proof', 'application/octet-stream')

    # -- parts

    def _open(self, token, lang, scope=CENTRE_SCOPE):
        """Return whose link it is, or what to answer instead."""
        address = request.httprequest.remote_addr
        counter = request.env['healthcare.consent.counter'].sudo()
        if not counter._is_allowed(address):
            answer = render_invalid(lang)
            answer.status_code = 429
            return None, None, (), answer
        patient, holder, rest = request.env['res.partner']._read_consent_token(token, scope)
        if not patient:
            counter._miss(address)
            return None, None, (), render_invalid(lang)
        request.env['healthcare.audit']._record(
            'read',
            'healthcare.consent',
            patient_ids=patient.ids,
            detail='page by signed link',
        )
        return patient, holder, rest, None

    def _read_form(self):
        """Return what the form sends: an address with a decision in it must not decide.

        Odoo also routes OPTIONS to a POST route.
        """
        asked = request.httprequest
        if asked.method != 'POST':
            raise MethodNotAllowed(valid_methods=['GET', 'HEAD', 'POST'])
        if (asked.content_length or 0) > MAX_BODY:
            raise RequestEntityTooLarge
        return asked.form

    def _split_names(self, form, head):
        """Yield the purpose and the channel that the names of ticked fields say."""
        for name in form:
            first, *rest = name.split('_')
            if first == head and len(rest) == 2 and rest[0].isascii() and rest[0].isdigit():
                if rest[1] in CHANNEL_CODES and len(rest[0]) < 10:
                    yield rest[0], rest[1]

    def _read_decisions(self, form):
        return {
            (int(purpose), channel): form.get(f'd_{purpose}_{channel}')
            for purpose, channel in self._split_names(form, 'd')
        }

    def _find_signature(self, patient, number, latest=True):
        """Return the patient's own signature with this id, in force when ``latest``."""
        signatures = patient.env['healthcare.consent.signature']
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            return signatures
        found = signatures.search([('id', '=', int(number)), ('patient_id', '=', patient.id)])
        if latest and found:
            in_force = found._in_force(patient.ids, found.form_id.ids)
            if found.id not in in_force.values():
                return signatures
        return found

    def _send_pdf(self, signature):
        name = f'consent-{signature.date:%Y-%m-%d}.pdf'
        return self._send(signature._get_pdf(), name, 'application/pdf')

    def _send(self, data, name, content_type):
        if not data:
            raise request.not_found()
        return request.make_response(
            data,
            headers=[
                ('Content-Type', content_type),
                ('Content-Disposition', content_disposition(name)),
                ('Cache-Control', 'private, no-store'),
                ('X-Content-Type-Options', 'nosniff'),
                ('X-Robots-Tag', 'noindex, nofollow'),
                ('Referrer-Policy', 'no-referrer'),
                ('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"),
            ],
        )

    def _get_clinic_values(self, patient, code):
        company = patient.company_id or request.env(su=True).company
        events = request.env['calendar.event'].sudo().with_context(lang=code)
        return events._prepare_patient_clinic(company)

    def _render_centre(self, patient, holder, code, notice, status=200):
        patient = patient.with_context(lang=code)
        path = request.httprequest.path
        values = {
            **self._get_clinic_values(patient, code),
            **patient._prepare_consent_centre(holder.with_context(lang=code)),
            'key': patient._sign_form_key(holder),
            'copy_path': lambda number: f'{path}/copy/{number}?lang={code}',
            'notice': notice,
        }
        return render('healthcare_crm.consent_page', code, values, status)

    def _render_sign(self, patient, holder, version_id, code, done=False, error=None, kept=None,
                     status=200):  # fmt: skip
        patient = patient.with_context(lang=code)
        version = patient.env['healthcare.consent.form.version'].browse(version_id).exists()
        words = version and version._get_wording(code)
        if not words or version.state != 'in_use':
            return render_invalid(code)
        try:
            words._check_intact()
        except UserError:
            return render_invalid(code)
        relations = patient.env['healthcare.consent.signature']._fields['relation']
        kept = kept or {}
        values = {
            **self._get_clinic_values(patient, code),
            'patient': patient,
            'holder': holder,
            'is_guardian': holder != patient,
            'words': words,
            'blocks': wording.blocks(words.body),
            'relations': [
                one for one in relations._description_selection(patient.env) if one[0] != 'self'
            ],
            'key': patient._sign_form_key(holder, version.id),
            'ticked': {name for name in kept if name.startswith('ask_')},
            'name': kept.get('name') or '',
            'relation': kept.get('relation') or '',
            'error': error,
            'done': done,
            'centre_path': patient._get_consent_path(holder, hours=24),
            'script': '/healthcare_crm/static/src/consent_page/signature_pad.js',
        }
        return render('healthcare_crm.consent_sign_page', code, values, status)
