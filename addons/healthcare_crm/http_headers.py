"""What browsers are told, so that they keep patients' data to themselves. Without the ORM."""

from functools import wraps

from odoo import http

#: The cookie that is somebody's session.
COOKIE = 'session_id'

#: For every answer.
ALWAYS = {
    'X-Content-Type-Options': 'nosniff',
    # the address of a page may name a patient
    'Referrer-Policy': 'same-origin',
    'X-Frame-Options': 'SAMEORIGIN',
    'Permissions-Policy': (
        'camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), '
        'usb=(), serial=(), bluetooth=(), publickey-credentials-get=(self)'
    ),
    'Cross-Origin-Opener-Policy': 'same-origin-allow-popups',
}
#: Under https: a year of nothing else.
STRICT_TRANSPORT = 'max-age=31536000'

#: What any page may do.
PAGE_POLICY = "base-uri 'self'; object-src 'none'; frame-ancestors 'self'"
#: What the web client may do besides. Odoo compiles its templates in the browser and has scripts in
#: its pages, so these cannot be forbidden; but nothing is loaded from, or sent to, anybody else.
CLIENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; connect-src 'self' data: blob: ws://{host} wss://{host}; "
    "worker-src 'self' blob:; frame-src 'self' blob:; form-action 'self'; " + PAGE_POLICY
)
#: Addresses of the web client, of files and of records: what they answer is kept nowhere.
CLIENT_PATHS = ('/odoo', '/web', '/scoped_app')
PRIVATE_PATHS = (
    '/report/',
    '/web/content',
    '/web/export',
    '/web/pivot',
    '/web/dataset',
    '/healthcare/',
)


def harden(response, path, *, scheme, host, is_user, is_json):
    """Set the headers that an answer lacks; what its route has set itself stays.

    :param response: anything with ``headers``
    :param is_user: whether somebody is logged in
    :param is_json: whether the route answers a program with records
    """
    headers = response.headers
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    if scheme == 'https':
        headers.setdefault('Strict-Transport-Security', STRICT_TRANSPORT)
    if headers.get('Content-Type', '').startswith('text/html'):
        inside = is_user and under(path, CLIENT_PATHS)
        policy = CLIENT_POLICY.format(host=host) if inside else PAGE_POLICY
        # the log-in page says no more than who may frame it
        if headers.get('Content-Security-Policy', "frame-ancestors 'self'") == (
            "frame-ancestors 'self'"
        ):
            headers['Content-Security-Policy'] = policy
    if is_json or (is_user and path.startswith(PRIVATE_PATHS)):
        if not any(word in headers.get('Cache-Control', '') for word in ('public', 'no-store')):
            headers['Cache-Control'] = 'private, no-store'
    harden_cookie(headers, scheme)


def under(path, roots):
    """Return whether a path is one of some pages or below one."""
    return any(path == root or path.startswith(f'{root}/') for root in roots)


def harden_cookie(headers, scheme):
    """Let the cookie of a session go to this site only, and under https nowhere in clear."""
    cookies = headers.getlist('Set-Cookie')
    if any(cookie.startswith(f'{COOKIE}=') for cookie in cookies):
        headers.setlist(
            'Set-Cookie',
            [
                with_flags(cookie, scheme) if cookie.startswith(f'{COOKIE}=') else cookie
                for cookie in cookies
            ],
        )


def with_flags(cookie, scheme):
    """Return a cookie as it is sent, with the flags it lacks."""
    flags = {part.strip().split('=')[0].lower() for part in cookie.split(';')[1:]}
    if 'httponly' not in flags:
        cookie += '; HttpOnly'
    if 'samesite' not in flags:
        # not Strict: a link in a mail to a colleague opens a record, and is no attack
        cookie += '; SameSite=Lax'
    if 'secure' not in flags and scheme == 'https':
        cookie += '; Secure'
    return cookie


def _flagged(set_cookie):
    @wraps(set_cookie)
    def flagged(self, key, *args, **kwargs):
        if key == COOKIE:
            kwargs.setdefault('samesite', 'Lax')
            kwargs.setdefault('secure', http.request.httprequest.scheme == 'https')
        return set_cookie(self, key, *args, **kwargs)

    return flagged


# Answers that end before any model is asked, such as to broken JSON, set the cookie, too.
http.FutureResponse.set_cookie = _flagged(http.FutureResponse.set_cookie)
