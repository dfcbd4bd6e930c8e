"""Print what the add-ons' manifests say: their names, or the modules of Odoo they build on.

usage: addons.py FOLDER names|depends
"""

import ast
import sys
from pathlib import Path


def manifests(folder):
    for path in sorted(Path(folder).glob('*/__manifest__.py')):
        manifest = ast.literal_eval(path.read_text(encoding='utf-8'))
        if manifest.get('installable', True):
            yield path.parent.name, manifest


def main(folder, what):
    ours = dict(manifests(folder))
    if what == 'depends':
        names = {name for manifest in ours.values() for name in manifest.get('depends', [])}
        print(','.join(sorted(names - set(ours))))
    else:
        print(','.join(ours))


if __name__ == '__main__':
    main(*sys.argv[1:])
