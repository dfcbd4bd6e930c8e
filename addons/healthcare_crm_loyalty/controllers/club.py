from werkzeug.exceptions import MethodNotAllowed, RequestEntityTooLarge

from odoo import http
from odoo.http import request
from odoo.tools.misc import format_datetime

from odoo.addons.healthcare_crm.controllers.patient_page import (
    choose_lang,
    render,
    render_invalid,
)

MAX_BODY = 16 * 1024
NOTICES = ('done', 'again', 'busy')
#: of the programme, as many talks are shown
TALKS = 5


def _is_known(_controller, _rule, args):
    """Say whether the page is shown on a connection that can only read: a try is counted."""
    return bool(request.env['healthcare.club.member']._find(args['token'])[0])


class ClubController(http.Controller):
    """The page on which a patient joins a club, declines, or leaves.

    Opening it decides nothing, so neither does a mail scanner; the form on it does, with a key
    that is made for it and taken once.
    """

    @http.route(
        '/club/<string:token>',
        type='http',
        auth='public',
        methods=['GET'],
        readonly=_is_known,
        save_session=False,
    )
    def club_page(self, token, lang=None, notice=None, **_ignored):
        member, holder, refused = self._open(token, lang)
        if refused:
            return refused
        return self._render(member, holder, lang, notice if notice in NOTICES else None)

    # csrf=False: Odoo's token lives in a session cookie, which chat apps' own browsers often
    # refuse. The key in the form takes its place: signed for this patient, and taken once.
    @http.route(
        '/club/<string:token>',
        type='http',
        auth='public',
        methods=['POST'],
        csrf=False,
        save_session=False,
    )
    def club_decide(self, token, **_ignored):
        asked = request.httprequest
        if asked.method != 'POST':  # Odoo also routes OPTIONS to here
            raise MethodNotAllowed(valid_methods=['GET', 'HEAD', 'POST'])
        if (asked.content_length or 0) > MAX_BODY:
            raise RequestEntityTooLarge
        # only what the form sends counts, not what is in the address
        form = asked.form
        lang = form.get('lang')
        member, holder, refused = self._open(token, lang)
        if refused:
            return refused
        patient = member.patient_id
        if not patient._may_decide_once_more():
            return self._render(member, holder, lang, 'busy', 429)
        if not patient._take_form_key(form.get('key'), holder, member.id):
            return self._render(member, holder, lang, 'again', 422)
        if holder == patient and patient._is_minor():
            return self._render(member, holder, lang, 'again', 422)
        if not member._decide_by_link(form.get('action'), holder):
            return self._render(member, holder, lang, 'again', 422)
        code = self._choose_lang(lang, member, holder)
        # 303, so that reloading shows the page instead of deciding again
        return request.redirect(f'{asked.path}?lang={code}&notice=done', code=303)

    def _open(self, token, lang):
        """Return whose invitation it is and who holds it, or what to answer instead."""
        address = request.httprequest.remote_addr
        counter = request.env['healthcare.consent.counter'].sudo()
        if not counter._is_allowed(address):
            answer = render_invalid(lang)
            answer.status_code = 429
            return None, None, answer
        member, holder = request.env['healthcare.club.member']._find(token)
        if not member:
            counter._miss(address)
            return None, None, render_invalid(lang)
        request.env['healthcare.audit']._record(
            'read',
            member._name,
            patient_ids=member.patient_id.ids,
            res_ids=member.ids,
            detail='page by signed link',
        )
        return member, holder, None

    def _choose_lang(self, lang, member, holder):
        return choose_lang(lang, holder.lang, member.patient_id.lang)

    def _render(self, member, holder, lang, notice, status=200):
        code = self._choose_lang(lang, member, holder)
        member = member.with_context(lang=code)
        club, patient = member.club_id, member.patient_id
        talks = club.talk_ids.search(
            [('club_id', '=', club.id), ('state', '=', 'planned'), ('start', '>=', 'now')],
            order='start',
            limit=TALKS,
        )
        zone = club.company_id.resource_calendar_id.tz or 'UTC'
        values = {
            **member.env['calendar.event']._prepare_patient_clinic(club.company_id),
            'club': club,
            'member': member,
            'patient': patient,
            'is_guardian': holder != patient,
            'can_decide': holder != patient or not patient._is_minor(),
            'talks': [
                (
                    format_datetime(member.env, talk.start, tz=zone, dt_format='short'),
                    talk.name,
                    ', '.join(filter(None, [talk.speaker, talk.place])),
                )
                for talk in talks
            ],
            'key': patient._sign_form_key(holder, member.id),
            'notice': notice,
        }
        return render('healthcare_crm_loyalty.club_page', code, values, status)
