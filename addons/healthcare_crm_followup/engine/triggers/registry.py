"""The register of trigger kinds; another addon adds a kind by decorating its class."""

#: kind -> class with ``validate(json)`` and ``from_json(json)``
TRIGGER_KINDS = {}


def trigger_kind(cls):
    """Class decorator: make ``cls`` known under its ``kind``."""
    TRIGGER_KINDS[cls.kind] = cls
    return cls
