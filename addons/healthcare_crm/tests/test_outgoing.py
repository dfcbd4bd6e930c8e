# Part of Healthcare CRM for Odoo. License LGPL-3.
import ipaddress
import socket
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest.mock import patch

import urllib3
from hypothesis import given
from hypothesis import strategies as st

from odoo.tools import mute_logger

from odoo.addons.healthcare_crm import outgoing

INSIDE = (
    '127.0.0.1 127.1.2.3 0.0.0.0 0.1.2.3 10.0.0.5 172.16.0.1 172.31.255.254 192.168.1.1 '
    '169.254.169.254 169.254.1.1 100.64.0.1 100.100.100.200 192.0.0.170 192.0.2.1 198.18.0.1 '
    '198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 192.88.99.1 '
    '::1 :: ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 ::10.0.0.1 '
    'fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 2001:db8::1 2002:7f00:1:: '
    '2002:a00:1:: 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2001::1 100::1 '
    '5f00::1 nonsense 1.2.3 ::ffff:0:127.0.0.1'
).split()
OUTSIDE = (
    '1.1.1.1 8.8.8.8 93.184.216.34 2606:4700:4700::1111 2a00:1450:4001::8a 64:ff9b::808:808'.split()
)


def answers(*addresses):
    """Return what a look-up gives for a name with these addresses."""
    return [
        (
            socket.AF_INET6 if ':' in address else socket.AF_INET,
            socket.SOCK_STREAM,
            6,
            '',
            (address, 80),
        )
        for address in addresses
    ]


class TestOutgoing(unittest.TestCase):
    """Nothing that somebody types lets the server call into the clinic's network."""

    def test_addresses(self):
        for address in INSIDE:
            with self.subTest(address=address):
                self.assertFalse(outgoing.is_public(address))
        for address in OUTSIDE:
            with self.subTest(address=address):
                self.assertTrue(outgoing.is_public(address))

    @given(st.ip_addresses(v=4))
    def test_an_address_in_other_clothes(self, ip):
        """Whatever an IPv4 address is wrapped in, it is as public as it is."""
        number = int(ip)
        is_public = outgoing.is_public(str(ip))
        for wrapped in (
            ipaddress.IPv6Address(0xFFFF << 32 | number),
            ipaddress.IPv6Address(int(ipaddress.IPv6Address('64:ff9b::')) | number),
        ):
            self.assertLessEqual(outgoing.is_public(str(wrapped)), is_public, wrapped)

    @given(st.ip_addresses())
    def test_never_wider_than_python(self, ip):
        mapped = getattr(ip, 'ipv4_mapped', None)
        if outgoing.is_public(str(ip)):
            self.assertTrue((mapped or ip).is_global)
            self.assertFalse(ip.is_private and not mapped)
            self.assertFalse(ip.is_loopback or ip.is_link_local or ip.is_multicast)

    @given(st.text())
    def test_nonsense_is_refused(self, text):
        try:
            ipaddress.ip_address(text)
        except ValueError:
            self.assertFalse(outgoing.is_public(text))

    def test_one_address_inside_is_enough(self):
        with patch('socket.getaddrinfo', return_value=answers('8.8.8.8', '10.0.0.1')):
            with self.assertRaises(outgoing.Refused):
                outgoing.resolve('two.example', 80)

    def test_what_the_clinic_allows(self):
        with patch('socket.getaddrinfo', return_value=answers('10.1.2.3')):
            for allowed in (['his.clinic'], ['10.1.2.3'], ['10.1.0.0/16'], ['x', 'HIS.clinic']):
                self.assertTrue(outgoing.resolve('his.clinic', 80, allowed))
            for allowed in ([], ['clinic'], ['10.2.0.0/16'], ['', '*'], ['his.clinic.evil']):
                with self.subTest(allowed=allowed), self.assertRaises(outgoing.Refused):
                    outgoing.resolve('his.clinic', 80, allowed)


class TestGuard(unittest.TestCase):
    """The guard is where connections are made, so that no way of asking goes round it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calls = calls = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                calls.append(self.path)
                if self.path == '/redirect':
                    self.send_response(302)
                    self.send_header('Location', f'http://inside.example:{cls.port}/secret')
                else:
                    self.send_response(200)
                self.end_headers()

            def log_message(self, *args):
                pass

        cls.server = HTTPServer(('127.0.0.1', 0), Handler)
        cls.port = cls.server.server_address[1]
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)

    def get(self, host, path='/', allowed=()):
        self.calls.clear()
        with (
            outgoing.guarded(allowed),
            urllib3.PoolManager(retries=urllib3.Retry(connect=0, redirect=3)) as pool,
        ):
            return pool.request('GET', f'http://{host}:{self.port}{path}')

    def test_spellings_of_this_machine(self):
        for host in (
            '127.0.0.1',
            'localhost',
            '127.1',
            '2130706433',
            '0x7f000001',
            '0177.0.0.1',
            '[::ffff:127.0.0.1]',
            '0',
            '127.0.0.1.',
        ):
            with self.subTest(host=host), self.assertRaises(urllib3.exceptions.HTTPError):
                self.get(host)
            self.assertFalse(self.calls)

    def test_not_guarded(self):
        with urllib3.PoolManager() as pool:
            self.assertEqual(pool.request('GET', f'http://127.0.0.1:{self.port}/').status, 200)

    def test_redirect(self):
        """A server outside that sends on to one inside."""
        real = socket.getaddrinfo

        def look_up(host, port, *args, **kwargs):
            if host == 'inside.example':
                return answers('10.0.0.1')
            return real(host, port, *args, **kwargs)

        with (
            mute_logger('urllib3.connectionpool'),
            patch('socket.getaddrinfo', look_up),
            self.assertRaises(urllib3.exceptions.HTTPError),
        ):
            self.get('127.0.0.1', '/redirect', ['127.0.0.1'])
        self.assertEqual(self.calls, ['/redirect'])

    def test_a_name_that_changes_its_mind(self):
        """What was looked up is what is connected to; nothing is looked up again."""
        looked_up = []
        real = socket.getaddrinfo

        def look_up(host, port, *args, **kwargs):
            if host != 'rebind.example':
                return real(host, port, *args, **kwargs)
            looked_up.append(host)
            return answers('8.8.8.8' if len(looked_up) == 1 else '127.0.0.1')

        connected = []

        def connect(address, *args, **kwargs):
            connected.append(address)
            raise OSError

        with (
            patch('socket.getaddrinfo', look_up),
            patch.object(urllib3.util.connection, 'create_connection', outgoing._guarding(connect)),
            self.assertRaises(urllib3.exceptions.HTTPError),
        ):
            self.get('rebind.example')
        self.assertEqual(looked_up, ['rebind.example'])
        self.assertEqual(connected, [('8.8.8.8', 80)])
