"""An SMTP server that delivers every message into a Maildir instead of sending it on.

    with MailCatcher(tmp_path) as catcher:
        ...send to 127.0.0.1, port catcher.port...
        [message] = catcher.messages()

Two recipients' domains let a test see what happens when mail is not taken:
``refused.example`` is refused for good (550), ``later.example`` for now (451).
"""

import argparse
import mailbox
import os
import signal
import socket
import uuid
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

HOST = '127.0.0.1'
REFUSALS = {
    'refused.example': '550 5.1.1 No such mailbox here',
    'later.example': '451 4.3.0 Mailbox busy, try again later',
}


class _Handler(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        refusal = REFUSALS.get(address.rpartition('@')[2].lower())
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return '250 OK'

    def handle_message(self, message):
        # as Maildir.add() does, which would also wait for the disk: longer than all the rest takes
        name = f'{uuid.uuid4().hex}.mail'
        unfinished = Path(self.mail_dir, 'tmp', name)
        unfinished.write_bytes(message.as_bytes())
        unfinished.rename(Path(self.mail_dir, 'new', name))


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
