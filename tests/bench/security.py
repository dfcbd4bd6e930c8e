"""What protection costs, and whether it holds under load.

script/bench security                            all parts
script/bench security --only encryption,rotation --rows 100000 --kills 20
"""

import argparse

from tests.bench import _attacks, _audit, _backup, _crawl, _encryption, _erasure, _matrix

#: name of a part → what measures it, given the options
PARTS = {
    'attacks': _attacks.measure,
    'audit': _audit.measure,
    'encryption': _encryption.measure_reading,
    'backup': _backup.measure,
    'matrix': _matrix.measure,
    'crawl': _crawl.measure,
    'erasure': _erasure.measure,
    # last: it leaves the database under keys of its own
    'rotation': _encryption.measure_rotation,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', help=f"some of {', '.join(PARTS)}, with commas between")
    parser.add_argument('--rows', type=int, default=100_000, help="values that are rotated")
    parser.add_argument('--kills', type=int, default=20, help="of the process that rotates")
    options = parser.parse_args()
    for name in options.only.split(',') if options.only else PARTS:
        PARTS[name](options)


if __name__ == '__main__':
    main()
