"""Calls that leave this server for an address somebody has typed: only to the outside.

A link in a message, the address of a picture or of a webhook may lead back into the clinic's own
network, to a printer, a database or the service of the machine that hands out its keys. Inside
:func:`guarded`, a name is looked up once, every address it has must be public, and that address is
connected to: neither a redirect nor a name that changes its mind leads elsewhere. Without the ORM.
"""

import ipaddress
import socket
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps

from urllib3.util import connection

#: Ranges that Python calls global although what answers there is not meant for everybody.
_NOT_MEANT = tuple(
    map(
        ipaddress.ip_network,
        (
            '64:ff9b:1::/48',  # translated for local use
            '192.88.99.0/24',  # relays of 6to4, long gone
            '2001::/23',  # protocols' own, Teredo among them
            'fec0::/10',  # of one site, as addresses were before fc00::/7
        ),
    )
)
_NAT64 = ipaddress.ip_network('64:ff9b::/96')

_guard = ContextVar('healthcare_outgoing', default=None)


class Refused(OSError):
    """An address that nobody outside has."""


def is_public(address):
    """Return whether an address is one of the open internet.

    :param str address: of IPv4 or IPv6; the IPv4 address inside one of IPv6 has to be public, too
    """
    try:
        ip = ipaddress.ip_address(address.split('%')[0])
    except ValueError:
        return False
    if '%' in address:
        return False  # of one network card
    for inner in _get_inner(ip):
        if not is_public(str(inner)):
            return False
    if ip.version == 6 and ip in _NAT64:
        return True  # as good as the one inside
    return (
        ip.is_global
        and not ip.is_multicast
        and not ip.is_reserved
        and not any(ip in net for net in _NOT_MEANT if net.version == ip.version)
    )


def _get_inner(ip):
    """Yield the IPv4 addresses that an IPv6 address leads to."""
    if ip.version == 4:
        return
    if ip.ipv4_mapped:
        yield ip.ipv4_mapped
    if ip.sixtofour:
        yield ip.sixtofour
    number = int(ip)
    if ip in _NAT64 or number >> 32 == 0:
        yield ipaddress.IPv4Address(number & 0xFFFFFFFF)


def is_allowed(host, address, allowed):
    """Return whether a call to a host at an address may leave.

    :param allowed: hosts, addresses and networks in the clinic's own network that may be called
    """
    if is_public(address):
        return True
    for entry in allowed:
        if entry.casefold() == host.casefold():
            return True
        try:
            if ipaddress.ip_address(address) in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False


def resolve(host, port, allowed=()):
    """Look a name up, once; return the addresses to connect to.

    :raise Refused: one of its addresses is not public. A name with both kinds is a trick.
    """
    found = socket.getaddrinfo(host.strip('[]'), port, type=socket.SOCK_STREAM)
    for *_rest, where in found:
        if not is_allowed(host.strip('[]'), where[0], allowed):
            raise Refused(f'{host} is an address inside the network')
    return found


@contextmanager
def guarded(allowed=()):
    """Let nothing in this thread connect to the clinic's own network."""
    token = _guard.set(tuple(allowed))
    try:
        yield
    finally:
        _guard.reset(token)


def _guarding(create_connection):
    @wraps(create_connection)
    def connect(address, *args, **kwargs):
        allowed = _guard.get()
        if allowed is None:
            return create_connection(address, *args, **kwargs)
        host, port = address
        error = None
        for *_rest, where in resolve(host, port, allowed):
            try:
                return create_connection(where[:2], *args, **kwargs)
            except OSError as failed:
                error = failed
        raise error or OSError(f'{host} has no address')

    return connect


# Where every call of `requests` looks up a name, whatever led to it.
connection.create_connection = _guarding(connection.create_connection)
