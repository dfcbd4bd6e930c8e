from urllib.parse import urlencode

from markupsafe import Markup

from odoo.http import request

# A page of a patient is not kept in caches or search engines, its address is not handed to
# another site, and it cannot be put in a frame to steal a click. It needs no script at all.
HEADERS = {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    'Content-Type': 'text/html; charset=utf-8',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'X-Robots-Tag': 'noindex, nofollow',
}


def choose_lang(*codes):
    """Return the first of ``codes`` that is an installed language, else the first installed."""
    installed = [code for code, _name in request.env['res.lang'].sudo().get_installed()]
    return next((code for code in codes if code in installed), installed[0])


def render(template, lang, values, status=200, view=None, query=None):
    """Return the answer with a page of :file:`views/appointment_page_templates.xml`.

    :param view: what the page shows, kept in the links to its other languages
    :param dict query: what else is kept in them
    """
    # sudo: a visitor may not read companies; the values say what is shown
    qweb = request.env['ir.qweb'].sudo().with_context(lang=lang)
    languages = request.env['res.lang'].sudo().get_installed()
    html = qweb._render(
        template,
        {
            **values,
            'lang': lang,
            'languages': [(code, name.split(' / ')[-1]) for code, name in languages],
            'lang_url': lambda code: page_url(code, view, query),
            'view_url': lambda view=None: page_url(lang, view),
        },
    )
    # not in the template: Odoo translates none of a text that begins like a whole document
    html = Markup('<!DOCTYPE html>\n') + html
    headers = dict(HEADERS)
    if values.get('script'):
        # one file of ours, for drawing a signature; the page works without it
        headers['Content-Security-Policy'] += "; script-src 'self'"
    return request.make_response(html, headers=list(headers.items()), status=status)


def page_url(lang, view=None, query=None):
    """Return the same page in another language or on another question."""
    return '?' + urlencode({'lang': lang, **({'view': view} if view else {}), **(query or {})})


def render_invalid(lang, template='healthcare_crm.appointment_page_invalid', **values):
    """Say politely that a link does not work, and nothing about why or for whom.

    A forged, an expired and another page's link get the same answer.
    """
    env = request.env(su=True)
    # nobody's link, nobody's language: ask the browser
    code = choose_lang(lang, request.best_lang, env.company.partner_id.lang)
    values |= env['calendar.event'].with_context(lang=code)._prepare_patient_clinic(env.company)
    return render(template, code, values, status=404)
