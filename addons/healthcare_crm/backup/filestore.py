"""The files of databases, put in place so that no moment is without them.

A file is named after its content, so files of two databases can be in one folder: those of the
restored database come to those of the former one, the databases swap names, and what is left over
goes. Whenever that is interrupted, each database has all of its files.
"""

import os
import shutil
from pathlib import Path


def link(source, target):
    """Give every file of a folder a second place: without copying it, where the disk can."""
    for path, name in _walk(source):
        _put(path, target / name)


def merge(source, target, keep=()):
    """Put all files of a folder into another.

    :param keep: names of those that an existing file is not replaced by
    """
    for path, name in _walk(source):
        if str(name) not in keep or not (target / name).exists():
            _put(path, target / name)


def prune(folder, wanted):
    """Remove the files of a folder that another does not have."""
    for path, name in _walk(folder):
        if not (wanted / name).is_file():
            path.unlink(missing_ok=True)


def remove(folder):
    """Remove a folder with all that is in it, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)


def _walk(folder):
    for place, _folders, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            yield path, path.relative_to(folder)


def _put(path, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f'{target.name}.restoring')
    beside.unlink(missing_ok=True)
    try:
        os.link(path, beside)
    except OSError:
        shutil.copyfile(path, beside)
    beside.replace(target)
