"""Jobs that go on: a step that fails keeps no other one from being done."""

import logging

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as CONFLICTS

_logger = logging.getLogger(__name__)

#: How often a step is begun that meets what somebody else writes.
TRIES = 3


class Steps:
    """The steps of a job, each in a transaction of its own.

    A step that meets what somebody else writes begins anew: Odoo does that for requests, but not
    for jobs. One that fails is logged. The job fails only where nothing at all was done: Odoo stops
    jobs that keep failing, and with them what others wait for.

    .. code-block:: python

        with Steps(self.env) as do:
            for program in programs:
                do(self._look_at, program)
    """

    def __init__(self, env):
        self._env = env
        self._failures = []
        self._is_any_done = False
        #: until the job should leave the rest to its next run
        self.seconds_left = float('inf')

    def __enter__(self):
        return self

    def __exit__(self, kind, *_error):
        if self._failures and not self._is_any_done and not kind:
            raise RuntimeError(
                f"{len(self._failures)} steps failed and none was done, as the log says"
            ) from self._failures[0]

    def __call__(self, step, *args):
        """Return ``step(*args)`` after it was committed; nothing if it failed."""
        for tries_left in reversed(range(TRIES)):
            try:
                result = step(*args)
                self.seconds_left = self._env['ir.cron']._commit_progress(1)
                self._is_any_done = True
                return result
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are done
                self._env.cr.rollback()
                if tries_left and isinstance(error, CONFLICTS):
                    continue
                _logger.exception("%s failed", step)
                self._failures.append(error)
                return None
        return None
