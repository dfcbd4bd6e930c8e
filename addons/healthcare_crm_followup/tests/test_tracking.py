from odoo.tests import HttpCase, tagged

from odoo.addons.healthcare_crm import links
from odoo.addons.healthcare_crm.models.calendar_event_link import LINK_SCOPE

from ..inbound import tracking
from .inbound_common import InboundCase

PERSON = {'User-Agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)'}
ARROWS = ('sent', 'opened', 'clicked')
BODY = "Read https://clinic.example/eat. 請見https://clinic.example/zh。\nConfirm: {confirm_link}"


class TrackingCase(InboundCase):
    def setUp(self):
        super().setUp()
        self.letter = self.message(arrows=ARROWS)
        self.values = {
            'patient_name': "An Nguyen",
            'confirm_link': self.visit._get_patient_url('confirm'),
            'cancel_link': '',
        }

    def tracked(self, body=BODY, message=None):
        return tracking.track(message or self.letter, body, self.values)

    def links(self):
        return self.env['link.tracker'].search([('communication_id', '!=', False)], order='id')


@tagged('post_install', '-at_install')
class TestTracked(TrackingCase):
    """What is put in a message whose step asks who opened it or clicked."""

    def test_nothing_is_tracked_that_no_arrow_asks_for(self):
        plain = self.message(arrows=('sent', 'failed'))
        self.assertEqual(self.tracked(message=plain), (BODY, self.values, None))
        by_hand = self.env['healthcare.communication'].create(
            {'patient_id': self.an.id, 'channel': 'email'}
        )
        self.assertEqual(self.tracked(message=by_hand), (BODY, self.values, None))
        opened = self.message(arrows=('opened',))
        body, values, pixel = self.tracked(message=opened)
        self.assertEqual((body, values), (BODY, self.values))
        self.assertIn(tracking.OPEN_PATH.partition('%')[0], pixel)
        self.assertFalse(self.links())
        self.assertIsNone(self.tracked(message=self.message(arrows=('clicked',)))[2])

    def test_typed_addresses_are_shortened(self):
        body, _values, _pixel = self.tracked()
        english, chinese = self.links()
        self.assertEqual(
            (english.url, chinese.url), ('https://clinic.example/eat', 'https://clinic.example/zh')
        )
        self.assertEqual(
            body,
            f"Read {english.short_url}. 請見{chinese.short_url}。\nConfirm: {{confirm_link}}",
        )
        self.assertEqual(self.links().communication_id, self.letter)
        self.assertTrue(all(len(link.code) >= 12 for link in self.links()))

    def test_written_twice_is_tracked_once(self):
        self.assertEqual(self.tracked()[0], self.tracked()[0])
        self.assertEqual(len(self.links()), 2)
        self.tracked(message=self.message(arrows=ARROWS))
        self.assertEqual(len(self.links()), 4)

    def test_links_of_a_patient_are_kept_out_of_the_link_tracker(self):
        _body, values, _pixel = self.tracked()
        self.assertIn(tracking.CLICK_PATH % '', values['confirm_link'])
        self.assertEqual((values['patient_name'], values['cancel_link']), ("An Nguyen", ''))
        base = self.letter.get_base_url()
        typed = f"{base}/healthcare/appointment/x https://clinic.example/?name={{patient_name}}"
        self.assertEqual(self.tracked(typed)[0], typed)
        self.assertFalse(
            self.env['link.tracker'].search(
                ['|', ('url', 'like', '/healthcare/'), ('url', 'like', 'name=')]
            )
        )

    def test_employees_do_not_learn_whose_link_it_is(self):
        self.tracked()
        employee = self.env['res.users'].create(
            {
                'name': "Employee",
                'login': 'employee',
                'group_ids': [(6, 0, self.env.ref('base.group_user').ids)],
            }
        )
        links = self.links().with_user(employee)
        self.assertNotIn('communication_id', links.fields_get())


@tagged('post_install', '-at_install')
class TestTrackingPages(TrackingCase, HttpCase):
    def get(self, url, method='GET', **headers):
        response = self.url_open(
            url.replace(self.letter.get_base_url(), ''),
            method=method,
            headers=PERSON | headers,
            allow_redirects=False,
        )
        self.env.invalidate_all()
        return response

    def own(self, message=None, name='confirm_link'):
        return tracking.click_url(message or self.letter, name)

    # -- opens

    def test_opened_once(self):
        url = tracking.open_url(self.letter)
        for _twice in range(2):
            response = self.get(url)
            self.assertEqual(response.status_code, 200)
            self.assertEqual(response.headers['Content-Type'], 'image/gif')
            self.assertEqual(response.headers['Cache-Control'], 'no-store')
            self.assertNotIn('Set-Cookie', response.headers)
            self.assertTrue(response.content.startswith(b'GIF89a'))
        self.assertTrue(self.letter.opened_at)
        self.assertEqual(self.answered, [(self.letter, 'opened')])
        ((code, records, _payload, keys),) = self.happened
        self.assertEqual(
            (code, records, keys), ('message_opened', self.letter, [f'opened:{self.letter.id}'])
        )

    def test_every_token_gets_the_same_picture(self):
        good = tracking.open_url(self.letter)
        old = links.sign(tracking.OPEN_SCOPE, [self.letter.id], expiration_hours=-1)
        gone = links.sign(tracking.OPEN_SCOPE, [2**30], expiration_hours=1)
        swapped = self.own().rsplit('/', 1)[1]
        token = good.rsplit('/', 1)[1].removesuffix('.gif')
        position = len(token) // 2
        tampered = (
            token[:position] + ('A' if token[position] != 'A' else 'B') + token[position + 1 :]
        )
        contents = {
            self.get(tracking.OPEN_PATH % token).content
            for token in (old, gone, swapped, tampered, 'AAAA', 'x', '=' * 50, '病')
        }
        self.assertFalse(self.letter.opened_at)
        self.assertFalse(self.answered)
        contents.add(self.get(good).content)
        self.assertEqual(len(contents), 1)
        self.assertTrue(self.letter.opened_at)

    def test_programs_do_not_open(self):
        url = tracking.open_url(self.letter)
        for method in ('HEAD', 'OPTIONS'):
            self.assertIn(self.get(url, method=method).status_code, (200, 405))
        self.assertIn(self.get(url, method='POST').status_code, (404, 405))
        for headers in (
            {'User-Agent': 'Googlebot/2.1'},
            {'User-Agent': 'Mozilla/5.0 Barracuda Sentinel'},
            {'User-Agent': 'python-requests/2.31'},
            {'User-Agent': ''},
            {'Purpose': 'prefetch'},
            {'Sec-Purpose': 'prefetch;prerender'},
        ):
            self.assertEqual(self.get(url, **headers).status_code, 200)
        self.assertFalse(self.letter.opened_at)
        self.assertFalse(self.answered)

    # -- links of our own

    def test_own_link_leads_on_and_counts_once(self):
        for _twice in range(2):
            response = self.get(self.own())
            self.assertEqual(response.status_code, 303)
            self.assertEqual(response.headers['Cache-Control'], 'no-store')
            self.assertEqual(response.headers['Referrer-Policy'], 'no-referrer')
            self.assertNotIn('Set-Cookie', response.headers)
        target = response.headers['Location']
        self.assertIn('/healthcare/appointment/', target)
        self.assertIn('view=confirm', target)
        self.assertEqual(self.get(target).status_code, 200)
        self.assertEqual(self.answered, [(self.letter, 'clicked')])
        self.assertEqual(self.codes(), ['message_clicked'])
        self.assertTrue(self.letter.clicked_at)
        self.assertFalse(self.letter.opened_at)

    def test_programs_are_led_on_but_do_not_count(self):
        for method, headers in (
            ('HEAD', {}),
            ('GET', {'User-Agent': 'Slackbot'}),
            ('GET', {'Purpose': 'prefetch'}),
        ):
            response = self.get(self.own(), method=method, **headers)
            self.assertEqual(response.status_code, 303)
        self.assertEqual(self.get(self.own(), method='OPTIONS').status_code, 405)
        self.assertFalse(self.letter.clicked_at)
        self.assertFalse(self.answered)

    def test_links_that_do_not_work_all_look_the_same(self):
        def signed(values, scope=tracking.CLICK_SCOPE, hours=1):
            return tracking.CLICK_PATH % links.sign(scope, values, expiration_hours=hours)

        own = self.own()
        appointment = self.message(visit=self.appointment(self.an), arrows=ARROWS)
        appointment.appointment_id.patient_id = self.patient("Binh Tran")
        pages = set()
        for url in (
            signed([self.letter.id, 'confirm_link'], hours=-1),
            signed([self.letter.id, 'confirm_link'], scope=tracking.OPEN_SCOPE),
            signed([self.visit.id, self.an.id], scope=LINK_SCOPE),
            signed([2**30, 'confirm_link']),
            signed([self.letter.id, 'patient_name']),
            signed([self.letter.id, 'nonsense']),
            signed([self.letter.id]),
            own[:-20] + ('A' if own[-20] != 'A' else 'B') + own[-19:],
            tracking.CLICK_PATH % 'AAAA',
            tracking.CLICK_PATH % '病',
            self.own(appointment),  # given to somebody else meanwhile
        ):
            response = self.get(url)
            self.assertEqual(response.status_code, 404, url)
            pages.add(response.text)
        self.assertEqual(len(pages), 1)
        self.assertNotIn("An Nguyen", pages.pop())
        self.assertFalse(self.answered)

    # -- addresses the author typed

    def test_typed_address_leads_on_and_counts_once(self):
        self.tracked()
        link = self.links()[0]
        for _twice in range(2):
            response = self.get(link.short_url)
            self.assertEqual(response.status_code, 301)
            self.assertEqual(response.headers['Location'], 'https://clinic.example/eat')
        self.assertEqual(self.answered, [(self.letter, 'clicked')])
        self.assertEqual(self.codes(), ['message_clicked'])
        self.assertEqual(link.link_click_ids.mapped('ip'), [False, False])
        self.assertFalse(link.link_click_ids.country_id)

    def test_programs_do_not_click(self):
        self.tracked()
        url = self.links()[0].short_url
        self.get(url, method='HEAD')
        self.get(url, **{'User-Agent': 'Mozilla/5.0 (compatible; bingbot/2.0)'})
        self.get(url, **{'User-Agent': 'Barracuda'})
        self.assertFalse(self.links().link_click_ids)
        self.assertFalse(self.answered)

    def test_clicks_of_others_are_odoos_own(self):
        link = self.env['link.tracker'].create({'url': 'https://clinic.example', 'title': "Us"})
        self.get(link.short_url)
        self.assertTrue(link.link_click_ids.ip)
        self.assertFalse(self.answered)
