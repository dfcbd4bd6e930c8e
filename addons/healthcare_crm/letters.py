"""Letters that come in: what the patient wrote, whether a person wrote it, and what a mail
server says of ours. Pure: :class:`email.message.EmailMessage` in, values out."""

import re

from lxml import etree, html

from odoo.tools import email_normalize, html2plaintext
from odoo.tools.mail import decode_message_header, unfold_references

#: More of a reply is not kept: nobody writes that much to a clinic, programs do.
MAX_TEXT = 10_000

_WROTE = r'(?:wrote|寫道|写道|đã viết)\s*[:：]\s*$'
#: "On Monday … wrote:", on up to three lines.
_ATTRIBUTION = re.compile(
    rf'^(?:(?:On|Vào|在|於|于)\b[^\n]*\n(?:[^\n]*\n)?)?[^\n]*{_WROTE}', re.MULTILINE
)
#: What begins the quoted letter, or the signature below the words. One line with ``>`` is not
#: enough: a patient may write ">38 degrees".
_END = re.compile(
    r"""
    ^(?:
      >[^\n]*\n>
    | -{2,}\s*(?:Original\ Message|Forwarded\ message|原始郵件|原始邮件|轉寄的郵件|转发的邮件
        |Thư\ gốc|Tin\ nhắn\ gốc|Tin\ nhắn\ đã\ chuyển\ tiếp)
    | _{10,}\s*$
    | (?:From|寄件者|寄件人|發件人|发件人|Từ|Người\ gửi)\s*[:：].*@
    | --\ ?$
    | (?:Sent\ from\ my|Get\ Outlook\ for|從我的|傳自我的|發自我的|发自我的|来自我的
        |Gửi\ từ|Được\ gửi\ từ)
    )
    """,
    re.MULTILINE | re.VERBOSE,
)
#: Elements in which mail programs put the letter that is answered.
_QUOTES = (
    "//blockquote | //*[contains(@class, 'gmail_quote') or contains(@class, 'yahoo_quoted')"
    " or contains(@class, 'moz-cite-prefix') or @id = 'divRplyFwdMsg' or @id = 'appendonsend']"
)
#: Of these, what follows is quoted too.
_QUOTE_HEADS = ('divRplyFwdMsg', 'appendonsend')
_AUTOMATIC_SUBJECT = re.compile(
    r'^\s*(?:automatic reply|auto(?:matic)?[ -]?reply|autoreply|out of (?:the )?office'
    r'|自動回覆|自动回复|自動回信|不在辦公室|trả lời tự động|thư trả lời tự động)',
    re.IGNORECASE,
)
_DAEMONS = ('mailer-daemon', 'postmaster')
#: Status codes (RFC 3463) of a letter that failed for something else than its address: for now, a
#: full mailbox, the server, the network, its rules.
_NOT_THE_ADDRESS = re.compile(r'4\.|5\.2\.2|5\.[3-7]\.')


def references(message):
    """Return the Message-Ids that ``message`` answers, the nearest first."""
    found = [
        one.strip()
        for header in ('References', 'In-Reply-To')
        for one in unfold_references(decode_message_header(message, header))
    ]
    # 32: the nearest are the last, and a header may be made endless
    return list(dict.fromkeys(reversed(found)))[:32]


def own_words(message):
    """Return what the sender wrote, as plain text without the quoted letter."""
    part = message.get_body(('plain', 'html'))
    text = part.get_content() if part else ''
    if part and part.get_content_type() == 'text/html':
        text = html2plaintext(_without_quotes(text), include_references=False)
    return cut_quote(text)[:MAX_TEXT]


def cut_quote(text):
    """Return plain ``text`` without the letter it answers, and without what a program signs."""
    # the database keeps no NUL
    text = text.replace('\0', '').replace('\r\n', '\n').replace('\N{NO-BREAK SPACE}', ' ').strip()
    ends = [match.start() for match in (_ATTRIBUTION.search(text), _END.search(text)) if match]
    own = text[: min(ends, default=len(text))].strip()
    if own:
        return own
    # written below the quoted letter, or between its lines
    lines = _ATTRIBUTION.sub('', text).splitlines()
    return '\n'.join(line for line in lines if not _END.match(line) and line[:1] != '>').strip()


def _without_quotes(text):
    """Return HTML ``text`` without the elements that hold the letter it answers."""
    if not text.strip():
        return ''
    try:
        tree = html.document_fromstring(text)
    except etree.ParserError:  # nothing in it but comments
        return ''
    for element in tree.xpath(_QUOTES):
        if element.get('id') in _QUOTE_HEADS:
            for sibling in list(element.itersiblings()):
                sibling.drop_tree()
        if element.getparent() is not None:
            element.drop_tree()
    return html.tostring(tree, encoding='unicode')


def attachments(message):
    """Return the names of the files that came with ``message``."""
    return [part.get_filename() or '?' for part in message.iter_attachments()]


def is_automatic(message):
    """Say whether a program answered: an absence notice, a ticket system, a mailing list."""
    submitted = (message.get('Auto-Submitted') or 'no').split(';')[0].strip().lower()
    precedence = (message.get('Precedence') or '').strip().lower()
    return (
        submitted != 'no'
        or any(message.get(name) for name in ('X-Autoreply', 'X-Autorespond', 'List-Id'))
        or precedence in ('auto_reply', 'bulk', 'junk', 'list')
        or bool(_AUTOMATIC_SUBJECT.match(decode_message_header(message, 'Subject')))
    )


def notice(message):
    """Return what a mail server's ``message`` says of ours: (status, reason, detail).

    ``status`` is ``None`` where it says nothing final (delayed, displayed, relayed). The result is
    ``None`` where this is no server's notice at all, whatever address it came to.
    """
    report = next(
        (part for part in message.walk() if part.get_content_type() == 'message/delivery-status'),
        None,
    )
    if report:
        return _delivery_status(report)
    if message.get_content_type() == 'multipart/report':
        return None, None, None  # a receipt: somebody saw it
    sender = email_normalize(decode_message_header(message, 'From')) or ''
    if sender.partition('@')[0] in _DAEMONS:
        # an old server, which tells in words
        return 'failed', 'bad_address', _first_words(own_words(message))
    return None


def _delivery_status(report):
    for recipient in report.get_payload():
        action = (recipient.get('Action') or '').strip().lower()
        if action == 'delivered':
            return 'delivered', None, None
        if action == 'failed':
            status = (recipient.get('Status') or '').strip()
            said = (recipient.get('Diagnostic-Code') or '').partition(';')[2]
            reason = 'provider_error' if _NOT_THE_ADDRESS.match(status) else 'bad_address'
            return 'failed', reason, _first_words(said or status)
    return None, None, None


def _first_words(text):
    return ' '.join(text.split())[:500] or None
