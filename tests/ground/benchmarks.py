"""The figures in docs/benchmarks.md and those the benchmarks printed, docs/benchmarks/*.jsonl.

python -m tests.ground.benchmarks      writes what was measured into the document
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / 'docs' / 'benchmarks.md'
OUTPUTS = ROOT / 'docs' / 'benchmarks'
#: | `figure` | bar | measured | unit |
ROW = re.compile(
    r'^\| `(?P<figure>\w+)` \| (?P<bar>[^|]*) \| (?P<value>[^|]*) \| (?P<unit>[^|]*) \|$'
)


def outputs():
    """Return {(bench, figure): (value, unit)} of the committed outputs."""
    found = {}
    for path in sorted(OUTPUTS.glob('*.jsonl')):
        for line in path.read_text(encoding='utf-8').splitlines():
            one = json.loads(line)
            found[one['bench'], one['figure']] = written(one['value']), one['unit']
    return found


def written(value):
    """Return a number as the document has it: 12,345 or 0.027."""
    return f'{value:,.0f}' if abs(value) >= 100 else f'{value:g}'


def documented():
    """Return {(bench, figure): (bar, value, unit)} of the document."""
    return {(bench, row['figure']): row.group('bar', 'value', 'unit') for bench, row in rows()}


def rows():
    """Yield (bench, match of :data:`ROW`) for every row of the document's tables."""
    bench = None
    for line in DOCUMENT.read_text(encoding='utf-8').splitlines():
        if line.startswith('script/bench '):
            bench = line.split()[1]
        elif match := ROW.match(line):
            yield bench, match


def update():
    """Write the committed outputs into the document's rows."""
    text = DOCUMENT.read_text(encoding='utf-8')
    known = outputs()
    for bench, row in rows():
        value, unit = known[bench, row['figure']]
        text = text.replace(row[0], f'| `{row["figure"]}` | {row["bar"]} | {value} | {unit} |')
    DOCUMENT.write_text(text, encoding='utf-8')


if __name__ == '__main__':
    update()
