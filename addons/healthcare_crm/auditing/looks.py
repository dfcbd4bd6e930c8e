"""What a transaction looked at: gathered per cursor, written before anything leaves."""

import logging
from contextlib import closing
from hashlib import sha256

from psycopg2 import Error as DatabaseError
from psycopg2.pool import PoolError

from odoo.exceptions import UserError
from odoo.http import request
from odoo.sql_db import db_connect
from odoo.tools.misc import Callbacks
from odoo.tools.translate import LazyTranslate, get_translation

from ..crypto.keyring import KeysMissing
from . import events

_logger = logging.getLogger(__name__)
_LOOKS = 'healthcare_looks'
_lt = LazyTranslate(__name__)
REFUSAL = _lt(
    "This cannot be shown or changed: the record of who looks at patients' data cannot be written."
    " Nothing was lost. Please tell your administrator."
)


_UNWRITABLE = (DatabaseError, PoolError, OSError, ValueError, KeysMissing)


class AuditUnavailable(UserError):
    """The audit cannot be written, so nothing is shown."""


class _Callbacks(Callbacks):
    """Callbacks that take the place of a cursor's own, and share theirs: whoever holds on to those,
    as a test does to reset them, means these."""

    __slots__ = ['looks', 'own']

    def __new__(cls, own, looks):
        self = super().__new__(cls)
        self.own, self.looks = own, looks
        return self

    def __init__(self, own, looks):
        """Keep what is there already."""

    @property
    def _funcs(self):
        return self.own._funcs

    @_funcs.setter
    def _funcs(self, funcs):
        self.own._funcs = funcs

    @property
    def data(self):
        return self.own.data

    @data.setter
    def data(self, data):
        self.own.data = data


class _Precommit(_Callbacks):
    """The callbacks before a commit, of which the last is to write what was looked at.

    A savepoint that is rolled back clears them; what was read in it has been read all the same.
    """

    __slots__ = []

    def run(self):
        Callbacks.run(self)
        self.looks.save()

    def __len__(self):
        return super().__len__() or len(self.looks)


class _Postrollback(_Callbacks):
    """The callbacks after a rollback: what was read before it has been read all the same."""

    __slots__ = []

    def run(self):
        Callbacks.run(self)
        self.looks.save_after_rollback()


class Looks:
    """What one cursor has looked at and not yet written.

    :param cr: the cursor
    :param resolve: a function that tells of ``(cr, model, ids)`` which patients they are about
    :param lang: in which to say that something cannot be shown
    :param is_loading: the add-on is being installed or upgraded
    """

    def __init__(self, cr, resolve, lang, is_loading=False):
        self._cr = cr
        self._loading_cr = cr if is_loading else None
        self._resolve = resolve
        self._lang = lang or 'en_US'
        self._pending = {}
        self.who = {}
        for name, kind in (('precommit', _Precommit), ('postrollback', _Postrollback)):
            setattr(cr, name, kind(getattr(cr, name), self))

    @classmethod
    def of(cls, cr, *args):
        """Return those of a cursor."""
        # not getattr: a cursor of a test passes it on to the cursor below
        looks = vars(cr).get(_LOOKS)
        if looks is None:
            looks = cls(cr, *args)
            setattr(cr, _LOOKS, looks)
        return looks

    def __len__(self):
        return len(self._pending)

    def add(self, event, ids=(), patients=()):
        """Gather one look.

        :param Event event: without its records and patients
        :param ids: of the records of its model; the patients they are about are found out
        :param patients: whom else it is about
        """
        records, concerned = self._pending.setdefault(event, (set(), set()))
        records.update(ids)
        concerned.update(patients)

    def save(self, cr=None):
        """Write what was gathered.

        :param cr: who tells of which patient a record is; the cursor looked with by default
        :raise AuditUnavailable: nothing may be shown then
        """
        pending, self._pending = self._pending, {}
        if pending:
            with self.failing_closed():
                found = self._make_events(cr or self._cr, pending)
                if found:
                    events.write(self._cr.dbname, found, cr=self._loading_cr)

    def save_apart(self):
        """Write what was gathered, while the transaction itself may be beyond use."""
        if self._pending:
            with self.failing_closed(), closing(db_connect(self._cr.dbname).cursor()) as cr:
                self.save(cr)

    def save_after_rollback(self):
        """Write what was gathered when the transaction has been rolled back."""
        if self._loading_cr:
            self._pending = {}  # the installation failed: nobody saw anything
        try:
            self.save_apart()
        except AuditUnavailable:
            if '_obj' not in vars(self._cr) and '_cnx' in vars(self._cr):
                # It is being closed. What Odoo would still do after this is done here, else the
                # pool would count its connection as used for ever.
                self._cr._closed = True
                self._cr._cnx.close()
            raise

    def save_now(self, found):
        """Write events at once."""
        with self.failing_closed():
            where = _where_from()
            found = [event._replace(**where) for event in found]
            if not self._loading_cr:
                found = _with_openings(self._cr, found)
            return events.write(self._cr.dbname, found, cr=self._loading_cr)

    def failing_closed(self):
        """Return a context in which failing to write is failing to show."""
        return _FailingClosed(self._lang)

    def _make_events(self, cr, pending):
        where = _where_from()
        patients = self._find_patients(cr, pending)
        found = []
        for event, (ids, given) in pending.items():
            about, is_ours = patients.get(event.model, ({}, True))
            concerned = sorted(given.union(*(about.get(id_, ()) for id_ in ids)))
            if ids and not concerned and not is_ours:
                continue  # a supplier, a user, a meeting of nobody's
            records = () if event.model == 'res.partner' else sorted(ids)
            found.append(
                event._replace(record_ids=tuple(records), patients=tuple(concerned), **where)
            )
        return _with_openings(cr, _without_contained(found))

    def _find_patients(self, cr, pending):
        ids_of = {}
        for event, (ids, _given) in pending.items():
            ids_of.setdefault(event.model, set()).update(ids)
        return {model: self._resolve(cr, model, ids) for model, ids in ids_of.items() if ids}


class _FailingClosed:
    def __init__(self, lang):
        self._lang = lang

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _traceback):
        if kind is None or not issubclass(kind, _UNWRITABLE):
            return
        _logger.critical("The audit cannot be written: %s", error)
        # not by the environment: it would ask the database, which may be what fails
        message = get_translation('healthcare_crm', self._lang, REFUSAL._source, ())
        # not chained: the error that was under way may name a patient
        raise AuditUnavailable(message) from None


def _without_contained(found):
    """Leave out what another event of the same kind says, too."""
    kept = []
    for event in sorted(found, key=lambda one: -len(one.field_names)):
        names, ids = set(event.field_names.split(',')), {*event.record_ids, *event.patients}
        if not any(
            (one.user_id, one.action, one.model, one.detail, one.purpose)
            == (event.user_id, event.action, event.model, event.detail, event.purpose)
            and names <= set(one.field_names.split(','))
            and ids <= {*one.record_ids, *one.patients}
            for one in kept
        ):
            kept.append(event)
    return kept


def _with_openings(cr, found):
    """Add to each event the opening with a reason under which its user sees the patients."""
    users = {event.user_id for event in found if event.patients}
    if not users:
        return found
    cr.execute(
        """
        SELECT user_id, patient_id, max(id) FROM healthcare_break_glass
         WHERE user_id = ANY(%s) AND expires_at > now() AT TIME ZONE 'UTC' GROUP BY 1, 2
        """,
        [list(users)],
        log_exceptions=False,
    )
    openings = {(user, patient): id_ for user, patient, id_ in cr.fetchall()}
    return [
        event._replace(break_glass_id=opening)
        if (
            opening := next(
                filter(None, (openings.get((event.user_id, one)) for one in event.patients)), None
            )
        )
        else event
        for event in found
    ]


def _where_from():
    """Return from where the request under way comes."""
    if not request:
        return {}
    http = request.httprequest
    sid = getattr(request.session, 'sid', None) or ''
    # the address of a signed link is as good as a password: the pattern of the route will do
    rule = getattr(request, 'healthcare_rule', '')
    return {
        'ip': http.remote_addr or '',
        'route': http.path if rule.endswith('<path:path>') else rule,
        'session': sha256(sid[:42].encode()).hexdigest()[:16] if sid else '',
    }
