"""Connections that rows of the audit are written over, apart from those of the requests.

One is kept open in each process: what Odoo's pool does before and after each use takes longer than
writing the rows. It knows no transaction but the one it is told of.
"""

import os
import threading
from contextlib import contextmanager

import psycopg2

from odoo.sql_db import connection_info_for

#: idle ones of one process for one database
MOST_KEPT = 2
_LIMITS = '-c lock_timeout=3s -c statement_timeout=20s -c idle_in_transaction_session_timeout=20s'

_lock = threading.Lock()
_idle = {}  # of (process, database): a process that was forked has its own


@contextmanager
def borrow(dbname):
    """Yield a cursor that commits as it is told to; after an error its connection is closed."""
    connection = _take(dbname) or _open(dbname)
    try:
        with connection.cursor() as cr:
            yield cr
    except BaseException:
        connection.close()
        raise
    _give_back(dbname, connection)


def _take(dbname):
    """Return an idle connection that still answers, if there is one."""
    with _lock:
        kept = _idle.get((os.getpid(), dbname))
        connection = kept.pop() if kept else None
    if connection is None or not connection.closed and _is_alive(connection):
        return connection
    connection.close()
    return None


def _is_alive(connection):
    # what the server said meanwhile, such as that it goes down, is read without asking it
    try:
        connection.poll()
    except psycopg2.Error:
        return False
    return not connection.closed


def _open(dbname):
    _name, info = connection_info_for(dbname)
    connection = psycopg2.connect(**info, options=_LIMITS)
    connection.autocommit = True  # no BEGIN but ours
    return connection


def _give_back(dbname, connection):
    with _lock:
        kept = _idle.setdefault((os.getpid(), dbname), [])
        if len(kept) < MOST_KEPT:
            kept.append(connection)
            return
    connection.close()
