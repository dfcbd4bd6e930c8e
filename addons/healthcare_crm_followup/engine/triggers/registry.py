"""The register of trigger kinds; another addon adds a kind by decorating its class.

There are two families. A *scheduled* trigger knows by SQL whom it concerns and when
(:meth:`Trigger.candidates`); it follows its date when that moves. A *happening* trigger waits for
codes of :data:`events` in the engine's inbox.
"""

#: kind -> class with ``validate(json)`` and ``from_json(json)``
TRIGGER_KINDS = {}


class Trigger:
    """What all kinds of triggers have in common.

    :cvar kind: its name in definitions
    :cvar is_scheduled: whether it has :meth:`candidates`
    :cvar follows: whether an enrollment moves along with the date it hangs on
    :cvar is_before: whether the workflow begins before the date it hangs on
    :cvar horizon: a timedelta: nobody is enrolled earlier than this before the moment; ``None``:
        as soon as the date is known
    :cvar events: codes of happenings it listens to
    """

    kind = None
    is_scheduled = False
    follows = False
    is_before = False
    horizon = None
    events = frozenset()

    def candidates(self, scene):
        """Return the SQL of rows (subject_id, patient_id, company_id, anchor, moment) of everybody
        it could concern; conditions and the clock are applied around it.

        :param scene: a :class:`~..facts.Scene`
        """
        raise NotImplementedError

    def accepts(self, happening):
        """Say whether a happening whose code is among :attr:`events` starts the workflow.

        :param happening: a :class:`~..happenings.Happening`
        """
        return True

    def delayed(self, now, scene):
        """Return the moment of the first step when it happens at ``now``."""
        return now


def trigger_kind(cls):
    """Class decorator: make ``cls`` known under its ``kind``."""
    TRIGGER_KINDS[cls.kind] = cls
    return cls
