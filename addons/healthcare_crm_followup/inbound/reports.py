"""How far a message has come, and what providers' reports say of it. Pure."""

#: A report counts only where it leads on: reports arrive twice, late and out of order. Delivered
#: and failed are both an end, and the first stays: the workflow has gone on by it. What is not
#: here (waiting, cancelled, never sent) is with no provider that could report.
PROGRESS = {'sending': 0, 'unknown': 0, 'sent': 1, 'delivered': 2, 'failed': 2}

#: Twilio's word -> ours; its other words say nothing new (queued, sending, …).
TWILIO_STATUS = {
    'sent': 'sent',
    'delivered': 'delivered',
    'read': 'delivered',
    'undelivered': 'failed',
    'failed': 'failed',
}
#: Twilio's error codes that are the number's fault: unreachable, unknown, a landline, not valid.
TWILIO_BAD_NUMBER = {'30003', '30005', '30006', '21211', '21265', '21614'}


def leads_on(status, report):
    """Say whether ``report`` tells more of a message than its present ``status``."""
    return status in PROGRESS and PROGRESS[report] > PROGRESS[status]


def of_twilio(form):
    """Return (status, reason, detail) of a status callback's form; status ``None`` for no news."""
    status = TWILIO_STATUS.get(form.get('MessageStatus') or form.get('SmsStatus'))
    if status != 'failed':
        return status, None, None
    code = form.get('ErrorCode') or ''
    reason = 'bad_address' if code in TWILIO_BAD_NUMBER else 'provider_error'
    detail = ' '.join(filter(None, (code, form.get('ErrorMessage'))))
    return status, reason, detail[:500] or None
