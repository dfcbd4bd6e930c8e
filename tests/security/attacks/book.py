"""What an attack is, and how it is judged.

An attack has a name, whoever tries it, what they do, and where there is one the leak of Odoo that
it stands for. It has succeeded when what it brings back has a mark its author may not have, when a
row of the other clinic is no longer as it was, or when it says so itself by raising :class:`Won`.
"""

import io
import zipfile
from collections.abc import Callable
from typing import NamedTuple

from odoo.service.model import call_kw
from odoo.tools import mute_logger

from . import clinics

#: The leaks of Odoo 19 that were reproduced before we began, by what an attack calls them.
LEAKS = {
    'related': "A computed copy of a protected field tells it by groups and order",
    'search': "A search method runs without asking who may read the field",
    'tracking': "Tracked values are mailed to every follower",
    'attachment': "The file of a protected field is had by its number",
    'mask': "A value masked on reading is told by search, order, groups and export",
    'template': "Whoever edits mail templates runs any program",
    'lock': "The screen lock leaves routes open",
    'manager': "The database manager hands out a dump",
    'throttle': "Log-ins are counted by address, which is forged by a header",
    'csv': "Files for spreadsheets run formulas",
    'ssrf': "Previews and webhooks fetch private addresses",
    'erasure': "Erasure leaves rows, letters and messages behind",
    'calendar': "Every employee reads every event of the calendar",
    'merge': "Merging repoints and deletes rows without asking",
    'hook': "A webhook has no signature, and its address is the only secret",
}


class Won(Exception):
    """The attack succeeded, in words."""


class Attack(NamedTuple):
    name: str
    who: tuple
    act: Callable
    leak: str = ''
    #: whether the rows of their own clinic must stay as they are as well
    keeps_own: bool = False
    #: what is tried in one go with others: each still has its own outcome
    group: str = ''


BOOK = {}


def attack(name, who, leak='', keeps_own=False):
    """Enter a function that attacks: it is given the :class:`Attempt`."""

    def enter(act):
        who_tries = (who,) if isinstance(who, str) else tuple(who)
        add(Attack(name, who_tries, act, leak, keeps_own, act.__module__.split('.')[-1]))
        return act

    return enter


def add(one):
    """Enter an attack.

    :raise ValueError: there is one of this name, by somebody unknown, or for a leak unknown
    """
    if one.name in BOOK:
        raise ValueError(f"two attacks have the name {one.name}")
    if not set(one.who) <= {*clinics.ROLES, 'anybody'} or (one.leak and one.leak not in LEAKS):
        raise ValueError(f"the attack {one.name} is by, or for, something unknown")
    BOOK[one.name] = one


#: seconds a page may take on a busy machine
_TIMEOUT = 60


class Attempt:
    """One attack by one attacker: what they have at hand, and what came of it."""

    def __init__(self, case, role):
        self.case = case
        self.role = role
        self.user = case.users[role]
        self.here = case.here
        self.there = case.there
        self.marks = clinics.forbidden_marks(self.user, case.here, case.there)
        self.found = set()
        self.there_rows = case.there_rows

    @property
    def env(self):
        return self.case.env(user=self.user.id, context={})

    def call(self, model, method, *args, ids=None, context=None, **kwargs):
        """Call a method as a client does, look at what it answers, and go on when it is refused.

        :param ids: for a method of records
        :return: the answer, or the refusal
        """
        arguments = [*([list(ids)] if ids is not None else []), *args]
        if context:
            kwargs['context'] = context
        try:
            with self.case.env.cr.savepoint():
                answer = call_kw(self.env[model], method, arguments, kwargs)
        except Won:
            raise
        except Exception as refusal:  # noqa: BLE001 - however it is refused
            _forget(self.case.registry)
            self.look(str(refusal))
            return refusal
        self.look(answer)
        return answer

    def refused(self, words, *arguments, **options):
        """Call a method that must be refused, as what it would tell has no mark.

        :raise Won: it was not
        """
        answer = self.call(*arguments, **options)
        self.won_if(not isinstance(answer, Exception), words)

    def log_in(self):
        """Open a session of the attacker's, or one of nobody for the public."""
        public = self.role == 'public'
        self.case.authenticate(
            None if public else self.user.login, None if public else clinics.PASSWORD
        )

    def get(self, path, **options):
        """Ask the server for a page, or send it a form, and look at all that comes back."""
        if 'json' in options:
            options.setdefault('method', 'POST')
        response = self.case.url_open(path, timeout=_TIMEOUT, **options)
        self.look(response.text + str(response.headers) + response.url)
        if response.content.startswith(b'PK'):
            with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
                for name in packed.namelist():
                    self.look(packed.read(name).decode('utf-8', 'replace'))
        return response

    def json(self, route, **params):
        """Call a route as the web client does."""
        return self.get(route, json={'id': 0, 'jsonrpc': '2.0', 'method': 'call', 'params': params})

    def rpc(self, model, method, *args, **kwargs):
        """Call a method of a model as the web client does, with the session."""
        return self.json(
            '/web/dataset/call_kw', model=model, method=method, args=list(args), kwargs=kwargs
        )

    def bring(self, mark):
        """Know a mark already: an answer that only repeats it tells nothing."""
        self.marks = self.marks - {mark.lower()}

    def look(self, answer):
        """Look for marks in something the attacker was given."""
        self.found |= clinics.found_marks(answer, self.marks)

    def changes_there(self):
        """Know that this attack itself prepared something in the other clinic, and no more."""
        self.there_rows = self.case.there_watch.look()

    def won_if(self, condition, words):
        """Say that the attack succeeded.

        :raise Won: it did
        """
        if condition:
            raise Won(words)


def run(case, one, role):
    """Run an attack by one attacker and undo it.

    :return: how it succeeded, or ``None``
    """
    attempt = Attempt(case, role)
    savepoint = case.env.cr.savepoint()
    transaction = case.env.transaction
    tests_own = transaction.default_env
    # as in a request: Odoo takes commands for users to be by whoever began the transaction
    transaction.default_env = attempt.env
    try:
        try:
            one.act(attempt)
            case.env.flush_all()
        except Won as won:
            return str(won)
        if attempt.found:
            return f"{role} was shown {', '.join(sorted(attempt.found))}"
        changed = case.there_watch.look() ^ attempt.there_rows
        if one.keeps_own:
            changed |= case.here_watch.look() ^ case.here_rows
        if changed:
            return f"{role} changed {', '.join(sorted({table for table, _sum in changed}))}"
        return None
    finally:
        transaction.default_env = tests_own
        _undo(case, savepoint)


def _undo(case, savepoint):
    """Leave nothing of an attack to the next."""
    cr = case.env.cr
    case.env.invalidate_all(flush=False)
    savepoint.close(rollback=True)
    case.env.clear()
    for callbacks in (cr.precommit, cr.postcommit, cr.prerollback, cr.postrollback):
        callbacks.clear()
    _forget(case.registry)


def _forget(registry):
    """Drop what is kept in memory of what was rolled back, as after a request that fails."""
    if registry.cache_invalidated:
        with mute_logger('odoo.registry'):
            registry.clear_all_caches()
        registry.cache_invalidated.clear()
