"""Opens and clicks: only of messages whose step asks for them, by signed addresses of our own.

The addresses a template's author typed go through Odoo's ``link.tracker``, whose rows every
employee may read. The links made for one patient therefore never do: a page of ours knows which
message and which placeholder they stand for, makes the link anew, and sends the patient there.
"""

import re
import secrets

from odoo.addons.healthcare_crm import links

#: The scopes keep a token signed for one page from opening another.
OPEN_SCOPE = 'healthcare_crm_followup.opened'
CLICK_SCOPE = 'healthcare_crm_followup.clicked'
OPEN_PATH = '/healthcare/opened/%s.gif'
CLICK_PATH = '/healthcare/link/%s'
#: An old letter may be opened again, but after this nothing waits for it.
VALID_HOURS = 24 * 90

#: An address as it is typed, also where Chinese text follows without a space.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%{}]+")
_AFTER_ADDRESS = '.,;:!?\'")]}'
#: Programs that fetch what a letter shows before its reader does, besides those Odoo knows.
_SCANNERS = (
    *('barracuda', 'forcepoint', 'mimecast', 'proofpoint', 'symantec', 'trendmicro'),
    *('existence discovery', 'headless', 'line-poker', 'go-http-client', 'python-', 'java/'),
)


def track(communication, body, values):
    """Return a template's ``body`` and the ``values`` of its placeholders with addresses that tell
    of a click, and the address of a picture that tells of opening; what no arrow of the message's
    step asks for stays as it is (``None`` for the picture).

    To be called before the placeholders are filled: an address with a patient's data in it is no
    address the author typed, and is left alone.

    :param communication: the ledger row that is being written
    :param values: {placeholder: text}; those named ``…_link`` are links of our own
    """
    wanted = communication._get_awaited_outcomes()
    pixel = open_url(communication) if 'opened' in wanted else None
    if 'clicked' not in wanted:
        return body, values, pixel
    own = {
        name: click_url(communication, name)
        for name, value in values.items()
        if name.endswith('_link') and value
    }
    body = _ADDRESS.sub(lambda match: _shortened(communication, match[0]), body)
    return body, values | own, pixel


def open_url(communication):
    """Return the address of the picture that tells of opening the letter."""
    token = _sign(OPEN_SCOPE, [communication.id])
    return communication.get_base_url() + OPEN_PATH % token


def click_url(communication, name):
    """Return the address that leads to our own link ``name`` (a placeholder), and tells of it."""
    token = _sign(CLICK_SCOPE, [communication.id, name])
    return communication.get_base_url() + CLICK_PATH % token


def opened(env, token):
    """Return the message whose picture ``token`` was signed for, in sudo, or an empty one."""
    return _message(env, OPEN_SCOPE, token)[0]


def clicked(env, token):
    """Return (message, placeholder) that ``token`` was signed for, the message in sudo."""
    communication, *name = _message(env, CLICK_SCOPE, token)
    return communication, name[0] if name else None


def is_person(request):
    """Say whether a person seems to look, not a scanner, a link preview or a prefetch."""
    asked = request.httprequest
    agent = asked.user_agent.string.lower()
    purposes = ' '.join(asked.headers.get(name, '') for name in ('Purpose', 'Sec-Purpose', 'X-Moz'))
    return (
        asked.method == 'GET'
        and bool(agent)
        and 'prefetch' not in purposes.lower()
        and not any(scanner in agent for scanner in _SCANNERS)
        and not request.env['ir.http'].is_a_bot()
    )


def _shortened(communication, typed):
    """Return the tracked form of an address as it was typed in a template."""
    address = typed.rstrip(_AFTER_ADDRESS)
    if '{' in typed or address.startswith(communication.get_base_url() + '/healthcare/'):
        return typed
    # sudo: nobody but the software makes these. The title spares a request to that site, the label
    # keeps one message's link from being another's, and a long code cannot be guessed.
    link = (
        communication.env['link.tracker']
        .sudo()
        .search([('url', '=', address), ('communication_id', '=', communication.id)], limit=1)
    )
    if not link:
        link = link.create(
            {
                'url': address,
                'title': address,
                'label': f'healthcare.communication,{communication.id}',
                'communication_id': communication.id,
            }
        )
        link.code = secrets.token_urlsafe(9)
    return link.short_url + typed[len(address) :]


def _sign(scope, values):
    return links.sign(scope, values, expiration_hours=VALID_HOURS)


def _message(env, scope, token):
    """Return [message, *rest] of a token; an empty message for one that is not ours.

    sudo: the caller is a visitor; the signature is what allows this one message.
    """
    communications = env['healthcare.communication'].sudo()
    values = links.read(communications.env, scope, token)
    if not values:
        return [communications]
    return [communications.browse(values[0]).exists(), *values[1:]]
