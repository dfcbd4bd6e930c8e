"""What a browser, or a program that plays one, asks of the server."""

import json
from functools import partial

from .book import Attack, add, attack

STAFF = ('reception', 'practitioner', 'marketing', 'employee')
ALL = ('marketing', 'quality', 'employee', 'portal', 'public')
FILES = {
    'a document, by its field': '/web/content/healthcare.document/{doc}/file',
    'a document, as an image': '/web/image/healthcare.document/{doc}/file',
    'a document, by query': '/web/content?model=healthcare.document&id={doc}&field=file&download=1',
    'a document, encrypted': '/web/content/healthcare.document/{doc}/file_sealed',
    'a document, by the number of its attachment': '/web/content/{file}',
    'a document, with an invented token': '/web/content/{file}?access_token=x',
    'a document, with an empty token': '/web/content/{file}?access_token=&unique=1',
    'a document, by its checksum': '/web/content/{file}-{checksum}/x.txt',
    'a document, as an image by number': '/web/image/{file}?width=0',
    'the file of an import': '/web/content/healthcare.import/{imported}/file',
    'the note of an alert as a file': '/web/content/healthcare.alert/{alert}/note',
    'a name as a file': '/web/content/res.partner/{patient}/name',
    'a number as a file': '/web/content/healthcare.patient.identifier/{number}/value',
    'a name as the name of a file': '/web/content/res.partner/{patient}/avatar_128'
    '?filename_field=email&download=1',
    'a letter as a file': '/web/content/healthcare.communication/{letter}/body',
    'a video of a call': '/calendar/join_videocall/{visit}',
    'an event by an invented token': '/calendar/meeting/view?token=x&id={visit}',
    'an event by its link': '/calendar/meeting/{visit}',
    'the calendar as a file': '/calendar/ics/{visit}.ics',
    'a message about a patient': '/mail/message/{message}',
    'a record by the link of a mail': '/mail/view?model=res.partner&res_id={patient}',
    'the summary as a page': '/report/html/{report}/{patient}',
    'the summary as text': '/report/text/{report}/{patient}',
    'a consent, its signed copy': '/healthcare/consent/copy/{consent}',
    'a consent, its proof': '/healthcare/consent/proof/{consent}',
    'who looked at a patient': '/healthcare/looks/{patient}.csv',
    'the certificate of an erasure': '/healthcare/erasure/{erasure}.json',
    'the dossier of a patient': '/healthcare/privacy/request/{request}.json',
    'another one\'s export': '/healthcare/export/{imported}',
    'an unsubscribe page with a patient': '/mailing/1/unsubscribe?res_id={patient}&token=x',
    'a survey\'s answers': '/survey/print/x?answer_token=x&review=True',
    'a rating': '/rate/x/5?res_id={patient}',
    'the discussions of a patient': '/discuss/channel/{patient}',
}


def _numbers(attempt, clinic):
    records = clinic.records
    attachment = (
        attempt.case.env['ir.attachment']
        .sudo()
        .search(
            [
                ('res_model', '=', 'healthcare.document'),
                ('res_id', '=', records['healthcare.document'].id),
                ('res_field', '!=', False),
            ],
            limit=1,
        )
    )
    return {
        'doc': records['healthcare.document'].id,
        'file': attachment.id,
        'checksum': attachment.checksum,
        'imported': records['healthcare.import'].id,
        'alert': records['healthcare.alert'].id,
        'patient': clinic.patient.id,
        'number': records['healthcare.patient.identifier'].id,
        'letter': records['healthcare.communication'].id,
        'visit': clinic.visit.id,
        'message': clinic.message.id,
        'report': 'healthcare_crm.report_patient_summary',
        'consent': records['healthcare.consent'].id,
        'erasure': records['healthcare.erasure'].id,
        'request': records['healthcare.privacy.request'].id,
    }


def open_file(path, attempt):
    attempt.log_in()
    for clinic in (attempt.there, attempt.here):
        attempt.get(path.format(**_numbers(attempt, clinic)))


for _name, _path in FILES.items():
    add(
        Attack(
            f'opening {_name}',
            ('practitioner', 'marketing', 'employee', 'public'),
            partial(open_file, _path),
            'attachment' if 'document' in _name else '',
            group='opening',
        )
    )


#: routes of discussions, with what they are asked about
THREADS = {
    '/mail/thread/messages': {},
    '/mail/thread/recipients': {},
    '/mail/thread/recipients/get_suggested_recipients': {'partner_ids': [], 'main_email': False},
    '/mail/read_subscription_data': {'follower_id': 1},
    '/mail/thread/subscribe': {'partner_ids': [1]},
    '/mail/thread/unsubscribe': {'partner_ids': [1]},
    '/mail/chatter_fetch': {},
    '/portal/chatter_init': {},
    '/mail/message/post': {
        'post_data': {'body': "HACK", 'message_type': 'comment', 'subtype_xmlid': 'mail.mt_comment'}
    },
}


def discuss(route, attempt):
    """Ask about the discussion of a record of each kind."""
    attempt.log_in()
    for model in (
        'res.partner',
        'healthcare.privacy.request',
        'healthcare.enquiry',
        'healthcare.incident',
    ):
        for clinic in (
            (attempt.there, attempt.here) if attempt.role != 'reception' else (attempt.there,)
        ):
            attempt.json(
                route, thread_model=model, thread_id=clinic.records[model].id, **THREADS[route]
            )


for _route in THREADS:
    add(Attack(f'discussions by {_route}', STAFF[1:], partial(discuss, _route), group='discussing'))


@attack('everything by /mail/data', ('reception', 'marketing', 'employee', 'public'), 'lock')
def mail_data(attempt):
    attempt.log_in()
    for clinic in (attempt.there, attempt.here):
        for model in ('res.partner', 'healthcare.enquiry', 'healthcare.privacy.request'):
            attempt.json(
                '/mail/data',
                fetch_params=[
                    'failures',
                    'systray_get_activities',
                    'init_messaging',
                    [
                        'mail.thread',
                        {
                            'thread_model': model,
                            'thread_id': clinic.records[model].id,
                            'request_list': [
                                'activities',
                                'attachments',
                                'contact_fields',
                                'followers',
                                'messages',
                                'scheduledMessages',
                                'suggestedRecipients',
                            ],
                        },
                    ],
                    ['res.partner', clinic.patient.id],
                    ['/mail/partner', {'id': clinic.patient.id}],
                ],
                context={'active_test': False, 'allowed_company_ids': [clinic.company.id]},
            )


@attack('whose address it is', ('marketing', 'employee'))
def from_email(attempt):
    attempt.log_in()
    for clinic in (attempt.there,):
        attempt.json(
            '/mail/partner/from_email',
            emails=[clinic.patient.email],
            thread_model='res.partner',
            thread_id=attempt.user.partner_id.id,
        )


@attack('names suggested while a message is written', ('reception', 'employee', 'portal'))
def mentions(attempt):
    for method in (
        'get_mention_suggestions',
        'get_mention_suggestions_from_channel',
        'search_for_channel_invite',
        'im_search',
    ):
        for text in ('ZQ', 'THERE', 'An '):
            attempt.call('res.partner', method, text)


@attack('people to invite to the calendar', ('employee', 'marketing'), 'calendar')
def attendees(attempt):
    there = attempt.there
    attempt.call('res.partner', 'get_attendee_detail', [there.visit.id], ids=there.patient.ids)
    attempt.call('calendar.event', 'get_unusual_days', '2026-01-01', '2027-01-01')
    for clinic in (attempt.here, there):
        attempt.call(
            'calendar.event', 'web_read', {'name': {}, 'description': {}}, ids=clinic.visit.ids
        )
        attempt.call('calendar.event', 'get_display_time_tz', ids=clinic.visit.ids)


@attack('every event of the calendar', ('employee', 'portal'), 'calendar')
def every_event(attempt):
    events = attempt.call(
        'calendar.event',
        'search_read',
        [],
        ['name', 'description', 'location', 'attendee_ids', 'partner_ids'],
    )
    attempt.look(events)
    attempt.call(
        'calendar.attendee', 'search_read', [], ['display_name', 'event_id', 'partner_id', 'email']
    )
    attempt.call('calendar.event', 'name_search', 'ZQ')


@attack('names in the errors of the developer mode', STAFF)
def developer_mode(attempt):
    """Whoever adds ``?debug=1`` to an address is told more of what went wrong."""
    attempt.log_in()
    attempt.get('/web?debug=1')
    for model in ('res.partner', 'healthcare.condition', 'healthcare.household'):
        for method in ('read', 'write', 'unlink'):
            arguments = {'read': [['display_name']], 'write': [{'active': True}], 'unlink': []}
            attempt.rpc(model, method, attempt.there.records[model].ids, *arguments[method])


@attack('cards for an address book', ('reception', 'marketing', 'employee'))
def cards(attempt):
    """They take patients out of the clinic like any export, which asks who is there."""
    attempt.log_in()
    patients = attempt.here.patient | attempt.here.other
    for path in (
        f'/web/partner/vcard?partner_ids={",".join(map(str, patients.ids))}',
        f'/web/partner/vcard?partner_ids={patients[0].id}',
        f'/web_enterprise/partner/{patients[0].id}/vcard',
    ):
        answer = attempt.get(path)
        attempt.won_if(answer.status_code == 200 and answer.content, f"{path} hands out patients")  # noqa: PLR2004


@attack('reports over the web', ALL)
def reports(attempt):
    attempt.log_in()
    numbers = f'{attempt.there.patient.id},{attempt.here.patient.id}'
    report = 'healthcare_crm.report_patient_summary'
    for path in (
        f'/report/html/{report}/{numbers}',
        f'/report/html/{report}?docids={numbers}',
        f'/report/html/base.report_irmodeloverview/{numbers}',
        f'/report/html/{report}?options={json.dumps({"ids": attempt.there.patient.ids})}'
        f'&context={json.dumps({"active_ids": attempt.there.patient.ids})}',
    ):
        attempt.get(path)


def take_out(kind, attempt):
    """Take records out as Odoo's lists do, without showing who one is."""
    attempt.log_in()
    for model, fields in (
        ('res.partner', ['name', 'email', 'condition_ids/name', 'identifier_ids/value']),
        ('healthcare.communication', ['subject', 'body']),
        ('healthcare.referral', ['reason', 'patient_id/name']),
    ):
        for clinic in (attempt.there, attempt.here):
            data = {
                'model': model,
                'fields': [{'name': name, 'label': name, 'type': 'char'} for name in fields],
                'ids': clinic.records[model].ids,
                'domain': [],
                'groupby': [],
                'context': {'allowed_company_ids': [clinic.company.id]},
                'import_compat': False,
            }
            attempt.get(f'/web/export/{kind}?data={json.dumps(data)}')


for _kind in ('csv', 'xlsx'):
    add(
        Attack(
            f'taking a list out as {_kind}',
            (*STAFF, 'portal'),
            partial(take_out, _kind),
            'csv',
            group='web',
        )
    )


@attack('fields to take out', ('marketing', 'portal'))
def namelist(attempt):
    attempt.log_in()
    attempt.json('/web/export/namelist', model='res.partner', export_id=1)
    attempt.json('/web/export/get_fields', model='healthcare.condition', domain=[])


@attack('uploading a file to a record elsewhere', ('reception', 'marketing', 'employee'))
def upload(attempt):
    attempt.log_in()
    for model in ('res.partner', 'healthcare.document', 'healthcare.privacy.request'):
        record = attempt.there.records[model]
        for route in ('/web/binary/upload_attachment', '/mail/attachment/upload'):
            attempt.get(
                route,
                data={
                    'model': model,
                    'id': record.id,
                    'thread_model': model,
                    'thread_id': record.id,
                    'csrf_token': attempt.case.csrf_token(),
                    'is_pending': 'false',
                },
                files={'ufile': ('x.txt', b'HACK', 'text/plain')},
            )


@attack('the database manager', ('public', 'employee'), 'manager')
def manager(attempt):
    attempt.log_in()
    for path in ('/web/database/manager', '/web/database/selector'):
        response = attempt.get(path)
        attempt.won_if('master_pwd' in response.text, "the manager answers")
    for path in ('/web/database/backup', '/web/database/duplicate', '/web/database/drop'):
        response = attempt.get(
            path, data={'master_pwd': 'admin', 'name': 'x', 'backup_format': 'dump'}
        )
        attempt.won_if(response.content.startswith((b'PK', b'PGDMP')), "a dump came back")
    answer = attempt.json('/web/database/list').text
    attempt.won_if(attempt.case.env.cr.dbname in answer, "the databases are listed")


@attack('making oneself an account', 'public')
def sign_up(attempt):
    attempt.log_in()
    users = attempt.case.env['res.users'].sudo()
    before = users.search_count([('active', 'in', [True, False])])
    page = attempt.get('/web/signup')
    attempt.get(
        '/web/signup',
        data={
            'login': 'intruder@example.org',
            'name': "Intruder",
            'password': 'Long-enough-Passw0rd',
            'confirm_password': 'Long-enough-Passw0rd',
            'csrf_token': attempt.case.csrf_token(),
            'token': '',
        },
    )
    attempt.case.env.invalidate_all()
    after = users.search_count([('active', 'in', [True, False])])
    attempt.won_if(after > before, f"an account was made ({page.status_code})")


@attack('having this server call an address', 'public', 'ssrf')
def preview(attempt):
    attempt.log_in()
    for route in ('/html_editor/link_preview_external', '/html_editor/link_preview_internal'):
        answer = attempt.json(route, preview_url='http://127.0.0.1:1/').json()
        attempt.won_if(answer.get('result'), f"{route} answers anybody")


@attack('what the bus tells about others', ('employee', 'portal', 'public'))
def bus(attempt):
    attempt.log_in()
    there = attempt.there
    bus = attempt.case.env['bus.bus'].sudo()
    for channel in (there.patient, attempt.here.users_partner, there.records['healthcare.segment']):
        bus._sendone(channel, 'secret', {'text': there.mark()})
    bus._sendone('broadcast-of-there', 'secret', {'text': there.mark()})
    attempt.case.env.cr.precommit.run()
    for channels in (
        [f'res.partner_{there.patient.id}', ['res.partner', there.patient.id]],
        [f'res.partner-{attempt.here.users_partner.id}'],
        ['base.group_user', 'res.users', there.patient.id],
        [[attempt.case.env.cr.dbname, 'res.partner', there.patient.id]],
    ):
        attempt.json('/websocket/peek_notifications', channels=channels, last=0, is_first_poll=True)


def by_key(method, attempt):
    """Call with an API key what asks who is there, or what is not for this role."""
    model, name, arguments = method
    key = (
        attempt.env['res.users.apikeys']
        .sudo()
        .with_user(attempt.user)
        .sudo()
        ._generate('rpc', 'attack', None)
    )
    attempt.case.authenticate(None, None)
    for clinic in (attempt.there, attempt.here):
        ids = clinic.records[model].ids if model in clinic.records else []
        response = attempt.get(
            f'/json/2/{model}/{name}',
            json={**arguments, **({'ids': ids} if ids else {})},
            headers={'Authorization': f'Bearer {key}'},
        )
        attempt.won_if(
            (name.startswith('action_') or model == 'healthcare.step.up')
            and response.status_code == 200,
            f"{model}.{name} is done with a key",
        )


BY_KEY = (
    ('healthcare.export', 'action_download', {}, 'marketing'),
    ('healthcare.erasure', 'action_erase', {}, 'privacy_officer'),
    ('healthcare.privacy.request', 'action_export', {}, 'privacy_officer'),
    ('healthcare.break.glass.open', 'action_open', {}, 'practitioner'),
    ('healthcare.number.reveal', 'action_reveal', {}, 'call_desk'),
    ('healthcare.patient.merge', 'action_undo', {}, 'reception'),
    ('healthcare.key.rotation', 'action_rotate', {}, 'clinic_administrator'),
    ('base.partner.merge.automatic.wizard', 'action_merge', {}, 'reception'),
    ('healthcare.step.up', 'confirm', {}, 'marketing'),
    ('res.partner', 'read', {'fields': ['name', 'condition_ids', 'email']}, 'marketing'),
    ('healthcare.condition', 'read', {'fields': ['name', 'note']}, 'marketing'),
    ('healthcare.document', 'read', {'fields': ['name', 'file']}, 'practitioner'),
    ('res.partner', 'export_data', {'fields_to_export': ['name', 'email']}, 'reception'),
    ('healthcare.patient.identifier', 'read', {'fields': ['value']}, 'call_desk'),
    ('healthcare.audit.event', 'search_read', {'domain': [], 'fields': ['patients']}, 'quality'),
)
for _model, _method, _arguments, _who in BY_KEY:
    add(
        Attack(
            f'with a key: {_model}.{_method}',
            (_who,),
            partial(by_key, (_model, _method, _arguments)),
            'lock',
            group='by key',
        )
    )


#: what asks who is there -> who would press the button, with what
ASKED = {
    'healthcare.export': ('action_download', 'marketing'),
    'healthcare.erasure': ('action_erase', 'privacy_officer'),
    'healthcare.privacy.request': ('action_export', 'privacy_officer'),
    'healthcare.number.reveal': ('action_reveal', 'call_desk'),
    'healthcare.break.glass.open': ('action_open', 'practitioner'),
    'base.partner.merge.automatic.wizard': ('action_merge', 'reception'),
}


def unasked(model, attempt):
    """Press a button that asks who is there, and go on as if one had answered."""
    method, _who = ASKED[model]
    attempt.log_in()
    records = attempt.here.records.get(model)
    answer = attempt.rpc(model, method, records.ids if records else [1]).json()
    result = answer.get('result') or {}
    if not isinstance(result, dict) or result.get('res_model') != 'res.users.identitycheck':
        attempt.won_if('error' not in answer, f"{method} asked nobody: {answer}")
        return
    check = result['res_id']
    for values in ({'request': '[]'}, {'password': ''}, {'auth_method': 'x'}):
        attempt.rpc('res.users.identitycheck', 'write', [check], values)
    for password in ('', False, 'wrong', attempt.user.login * 2):
        for context in ({}, {'password': password}):
            done = attempt.rpc(
                'res.users.identitycheck', 'run_check', [check], context=context
            ).json()
            attempt.won_if('error' not in done, f"{method} ran without a password")
    again = attempt.rpc(model, method, records.ids if records else [1]).json().get('result') or {}
    attempt.won_if(
        isinstance(again, dict) and again.get('type') == 'ir.actions.act_url', "it was let through"
    )


for _model, (_method, _who) in ASKED.items():
    add(
        Attack(
            f'unasked: {_model}.{_method}',
            (_who,),
            partial(unasked, _model),
            'lock',
            group='unasked',
        )
    )
