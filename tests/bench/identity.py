"""Finds duplicates among people and says how many of them, how many too many, and how fast.

script/bench identity --left A.csv --truth recid --without-ssn
script/bench identity --left A.csv --right B.csv --truth pairs --pairs known.csv
script/bench identity --synthetic 100000

The files have the columns of FEBRL's data sets. ``recid``: records with the same number in their
rec_id, rec-223-org and rec-223-dup-0, are one person. ``pairs``: each line of another file has two
rec_ids of one person. Nothing of the truth is seen before the figures are counted.
"""

import argparse
import csv
import resource
import time
from collections import defaultdict
from functools import partial

import numpy as np

from odoo.addons.healthcare_crm.matching import Model, Person, find, find_between, prepare
from odoo.addons.healthcare_crm.matching.blocks import candidates, random_pairs
from odoo.addons.healthcare_crm.matching.frame import Frame

from tests import bench
from tests.bench import _people

BENCH = 'identity'
#: How many pairs are scored to measure how many a second are.
SCORED = 500_000
#: More likely than not: somebody who had to decide at once would call it one person.
SAME = 0.5


def read(path, with_ssn):
    """Return the people of a FEBRL file."""
    with open(path, encoding='utf-8-sig', newline='') as file:
        rows = [
            {name.strip(): (value or '').strip() for name, value in row.items() if name}
            for row in csv.DictReader(file)
        ]
    return [
        Person(
            row['rec_id'],
            given_name=row.get('given_name', ''),
            family_name=row.get('surname', ''),
            birth_date=row.get('date_of_birth', ''),
            street=' '.join(
                row.get(part, '') for part in ('street_number', 'address_1', 'address_2')
            ),
            city=row.get('suburb', ''),
            zip=row.get('postcode', ''),
            state=row.get('state', ''),
            phone=row.get('phone_number', ''),
            identifiers=(('ssn', row.get('soc_sec_id', ''), False),) if with_ssn else (),
        )
        for row in rows
    ]


def same_number(left, right):
    """Return the pairs of positions whose rec_ids have the same number."""
    return same_person(
        [one.id.split('-')[1] for one in left], right and [one.id.split('-')[1] for one in right]
    )


def same_person(left, right):
    """Return the pairs of positions that have the same value, within one list or across two."""
    places = defaultdict(list)
    for position, value in enumerate(left if right is None else right):
        places[value].append(position)
    return {
        (one, two)
        for one, value in enumerate(left)
        for two in places.get(value, ())
        if right is not None or one < two
    }


def known_pairs(path, left, right):
    """Return the pairs of positions that a file of two rec_ids a line names."""
    first = {one.id: position for position, one in enumerate(left)}
    second = first if right is None else {one.id: position for position, one in enumerate(right)}
    found = set()
    with open(path, encoding='utf-8-sig', newline='') as file:
        for row in csv.reader(file):
            one, two = (value.strip() for value in row[:2])
            if right is not None and one not in first:
                one, two = two, one
            if one in first and two in second:
                pair = first[one], second[two]
                found.add(pair if right is not None else (min(pair), max(pair)))
    return found


def measured(label, name, value, unit):
    """Print a figure of a run that has a label; shares near 1 need their digits."""
    bench.figure(BENCH, f'{label}_{name}' if label else name, value, unit, digits=5)


def report(found, truth, figure):
    """Print how right the decisions are: "one person", and the links made without a question."""
    same = {
        (one, two) for one, two, match in found if match.probability >= SAME or match.zone == 'link'
    }
    links = {(one, two) for one, two, match in found if match.zone == 'link'}
    for prefix, decided in (('', same), ('automatic_', links)):
        right = len(decided & truth)
        figure(f'{prefix}precision', right / len(decided) if decided else 1, 'share')
        figure(f'{prefix}recall', right / len(truth) if truth else 1, 'share')
        if not prefix:
            f1 = 2 * right / (len(decided) + len(truth)) if truth or decided else 1
            figure('f1', f1, 'share')
    figure('for_review', len(found) - len(links), 'pairs')
    figure('true_pairs', len(truth), 'pairs')


def speed(prepared, split, figure):
    """Print how many pairs are compared and scored in a second: the candidates, and random ones."""
    frame = Frame(prepared)
    left, right = candidates(frame, split)
    figure('pairs', len(left), 'pairs')
    model = Model.fit(frame, left, right, split)
    if len(left) < SCORED:
        more = random_pairs(len(frame), SCORED - len(left), split)
        left, right = np.concatenate([left, more[0]]), np.concatenate([right, more[1]])
    left, right = left[:SCORED], right[:SCORED]
    start = time.monotonic()
    model.score(frame, left, right)
    figure('pairs_per_second', len(left) / (time.monotonic() - start), 'pairs/s')


def arguments():
    parser = argparse.ArgumentParser(prog='script/bench identity', description=__doc__)
    parser.add_argument('--left', help="a file of people")
    parser.add_argument(
        '--right', help="another one to link with it; without it, duplicates are found"
    )
    parser.add_argument('--truth', choices=('recid', 'pairs'), default='recid')
    parser.add_argument('--pairs', help="a file of two rec_ids of one person a line")
    parser.add_argument('--without-ssn', action='store_true')
    parser.add_argument('--synthetic', type=int, help="that many made-up people instead of files")
    parser.add_argument('--label', default='', help="what the names of the figures begin with")
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    if not options.left and not options.synthetic:
        parser.error("say --left FILE or --synthetic COUNT")
    if options.truth == 'pairs' and not options.pairs:
        parser.error("--truth pairs needs --pairs FILE")
    return options


def main():
    options = arguments()
    figure = partial(measured, options.label)
    right = None
    if options.synthetic:
        made = _people.people(options.synthetic, options.seed)
        left = [
            person._replace(identifiers=()) if options.without_ssn else person
            for _number, person in made
        ]
        truth = same_person([number for number, _person in made], None)
        del made
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()
    if not options.synthetic:
        left = read(options.left, not options.without_ssn)
        right = read(options.right, not options.without_ssn) if options.right else None
    prepared = [prepare(person) for person in left]
    others = None if right is None else [prepare(person) for person in right]
    found = find(prepared) if others is None else find_between(prepared, others)
    seconds = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if options.truth == 'pairs':
        truth = known_pairs(options.pairs, left, right)
    elif not options.synthetic:
        truth = same_number(left, right)
    figure('records', len(left) + len(right or ()), 'records')
    report(found, truth, figure)
    figure('seconds', seconds, 's')
    figure('peak_memory', peak / 1024, 'MB')
    figure('memory_growth', (peak - before) / 1024, 'MB')
    speed([*prepared, *(others or ())], None if others is None else len(prepared), figure)


if __name__ == '__main__':
    main()
