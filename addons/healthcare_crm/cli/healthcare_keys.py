"""The keys that patients' data is encrypted with, from the command line."""

import argparse
import json
import os
import re
import sys
from datetime import date
from pathlib import Path

from odoo.cli import Command

from odoo.addons.healthcare_crm.crypto import keyring


class healthcare_keys(Command):  # noqa: N801 - Odoo finds a command by this name
    """Make and check the file of keys that patients' data is encrypted with.

    new FILE    make a file of keys; - is the standard output
    add FILE    add a key, which seals from the next start on; then have it rotated in Odoo
    sign FILE   add a key that signs from now on; the former ones go on verifying what they signed
    check FILE  say which keys are in it, and whether it is well kept
    """

    def run(self, args):
        parser = argparse.ArgumentParser(prog=self.prog, description=self.__doc__)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.add_argument('what', choices=('new', 'add', 'sign', 'check'))
        parser.add_argument('file')
        parser.add_argument('--id', help="name of the new key; by default the year and a letter")
        options = parser.parse_args(args)
        if options.id and (not keyring.KEY_ID.fullmatch(options.id) or options.id == 'mac'):
            sys.exit("The name of a key is up to 32 letters, digits, - and _.")
        try:
            getattr(self, f'_{options.what}')(options)
        except keyring.KeysMissing as error:
            sys.exit(str(error))
        except (OSError, ValueError) as error:
            sys.exit(f"{options.file}: {error}")

    def _new(self, options):
        content = keyring.make(options.id or _free_id(()))
        if options.file == '-':
            sys.stdout.write(content)
            return
        # never over a file of keys: what they sealed would be lost
        _write(Path(options.file), content, os.O_EXCL)
        print(f"Made {options.file}. Keep a copy apart from the backups of the database.")

    def _add(self, options):
        path, told = _read(options)
        content = keyring.make(options.id or _free_id(told['keys']), told)
        _replace(path, content)
        active = json.loads(content)['active']
        print(f"Added the key {active}. Copy the file, then rotate the keys in Odoo's settings.")

    def _sign(self, options):
        path, told = _read(options)
        taken = told['mac']['keys'] if isinstance(told['mac'], dict) else ()
        content = keyring.make_signing(options.id or _free_id(taken), told)
        _replace(path, content)
        active = json.loads(content)['mac']['active']
        print(f"Added the key {active}, which signs from now on. Copy the file.")

    def _check(self, options):
        ring = keyring.read(options.file)
        print(f"Keys: {', '.join(ring.key_ids)}; new values are sealed with {ring.active}.")


def _read(options):
    path = Path(options.file)
    keyring.read(path)
    return path, json.loads(path.read_text(encoding='utf-8'))


def _replace(path, content):
    # under its name it is whole, or the one before
    beside = path.with_name(f'{path.name}.new')
    _write(beside, content, os.O_EXCL)
    owner = path.stat()
    if os.geteuid() == 0:
        os.chown(beside, owner.st_uid, owner.st_gid)
    beside.chmod(owner.st_mode & 0o777)
    beside.replace(path)


def _write(path, content, flags):
    number = os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o600)
    with open(number, 'w', encoding='utf-8') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _free_id(taken):
    """Return this year and the first letter that no key has."""
    year = date.today().year
    used = {match[1] for id_ in taken if (match := re.fullmatch(rf'{year}([a-z])', id_))}
    return f'{year}' + min(set('abcdefghijklmnopqrstuvwxyz') - used)
