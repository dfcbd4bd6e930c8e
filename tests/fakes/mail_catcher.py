"""An SMTP server that delivers every message into a Maildir instead of sending it on.

    with MailCatcher(tmp_path) as catcher:
        ...send to 127.0.0.1, port catcher.port...
        [message] = catcher.messages()

Some recipients' domains let a test see what happens when mail is not taken:
``refused.example`` is refused for good (550), ``later.example`` for now (451);
``spam.example`` is refused for good once the text was read (554), ``full.example`` for now (452);
``hangs-up.example`` ends the connection before the text, ``vanishes.example`` after it.
"""

import argparse
import mailbox
import os
import signal
import socket
import uuid
from pathlib import Path

from aiosmtpd.controller import Controller

HOST = '127.0.0.1'
REFUSALS = {
    'refused.example': '550 5.1.1 No such mailbox here',
    'later.example': '451 4.3.0 Mailbox busy, try again later',
}
REFUSALS_OF_TEXT = {
    'spam.example': '554 5.7.1 Looks like spam',
    'full.example': '452 4.2.2 Mailbox full',
}


class _Handler:
    def __init__(self, folder):
        mailbox.Maildir(folder)  # makes the folders
        self.folder = Path(folder)

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        domain = _domain(address)
        if domain in REFUSALS:
            return REFUSALS[domain]
        if domain == 'hangs-up.example':
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        domain = _domain(envelope.rcpt_tos[0])
        if domain in REFUSALS_OF_TEXT:
            return REFUSALS_OF_TEXT[domain]
        self.keep(envelope)
        if domain == 'vanishes.example':
            server.transport.abort()
        return '250 OK'

    def keep(self, envelope):
        """Put a letter into the Maildir as it came, with who sent it to whom on top.

        Maildir.add() would take it apart, put it together and wait for the disk: longer than all
        the rest takes.
        """
        head = f'X-MailFrom: {envelope.mail_from}\nX-RcptTo: {", ".join(envelope.rcpt_tos)}\n'
        name = f'{uuid.uuid4().hex}.mail'
        unfinished = self.folder / 'tmp' / name
        unfinished.write_bytes(head.encode() + envelope.content.replace(b'\r\n', b'\n'))
        unfinished.rename(self.folder / 'new' / name)


def _domain(address):
    return address.rpartition('@')[2].lower()


class MailCatcher:
    def __init__(self, folder, port=0):
        self.folder = os.fspath(folder)
        self.port = port or free_port()
        self._controller = Controller(_Handler(self.folder), hostname=HOST, port=self.port)

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *exception):
        self._controller.stop()

    def messages(self):
        """Return the messages caught so far, oldest first."""
        box = mailbox.Maildir(self.folder)
        return sorted(box, key=lambda message: message.get_date())


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def main():
    parser = argparse.ArgumentParser(description="Catch all mail in a Maildir.")
    parser.add_argument('folder')
    parser.add_argument('--port', type=int, default=0)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with MailCatcher(args.folder, args.port) as catcher:
        print(f"Catching mail on {HOST}:{catcher.port} in {catcher.folder}", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            return


if __name__ == '__main__':
    main()
