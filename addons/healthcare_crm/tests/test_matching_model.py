# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Weights, zones and what is learnt: no database."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.healthcare_crm.matching import (
    Model,
    Person,
    find,
    find_between,
    match_each,
    prepare,
)
from odoo.addons.healthcare_crm.matching.model import COMMON, ZONES

DEFAULT = Model.default()
PEOPLE = st.builds(
    Person,
    st.just(1),
    name=st.sampled_from(
        ('', '王小明', '王曉鳴', 'Wang Xiaoming', 'Nguyễn Văn An', 'An Nguyen', 'A', '😀')
    ),
    birth_date=st.sampled_from(('', '1980-01-31', '1980-01-30', '1930-05-06', '0001-01-01')),
    gender=st.sampled_from(('', 'male', 'female')),
    phone=st.sampled_from(('', '0912345678', '+886912345678', '0987654321')),
    email=st.sampled_from(('', 'a@example.com', 'ab@example.com')),
    street=st.sampled_from(('', '中山路1號', '中山路一段2號', '1 Main Street')),
    city=st.sampled_from(('', '台北市', '臺北市', 'Taipei')),
    zip=st.sampled_from(('', '106', '107')),
    identifiers=st.sampled_from(
        ((), (('id', 'A123', True),), (('id', 'A123', False),), (('id', 'B456', True),))
    ),
)
KNOWN = {
    'name': '王小明',
    'birth_date': '1980-01-31',
    'gender': 'male',
    'phone': '0912345678',
    'street': '中山路1號',
    'city': '台北市',
    'zip': '106',
}


def match(one, two, model=DEFAULT):
    return model.compare(prepare(Person(1, **one)), prepare(Person(2, **two)))


def _born(rng):
    return f'{rng.randint(1930, 2015)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}'


def made_up(count=300, copies=60, seed=1):
    """Return people of whom some are there twice, the copy with a slip; number in the id."""
    rng = random.Random(seed)
    signs = '志明家豪俊傑建宏宗翰冠宇承恩柏淑芬美玲雅婷怡君佳穎欣詩涵'

    def person(number):
        return Person(
            number,
            name=rng.choice('陳林黃張李王吳劉') + ''.join(rng.sample(signs, 2)),
            birth_date=_born(rng),
            gender=rng.choice(('male', 'female')),
            phone=f'09{rng.randrange(10**8):08d}',
            street=f'{rng.choice(signs)}{rng.choice(signs)}路{rng.randint(1, 300)}號',
            city='台北市',
            zip=str(rng.randint(100, 116)),
        )

    people = [person(number) for number in range(count)]
    for one in people[:copies]:
        field = rng.choice(('phone', 'street', 'birth_date', 'zip'))
        people.append(one._replace(**{field: ''}))
    return [prepare(one) for one in people]


# -- One pair ------------------------------------------------------------------------------------


@given(PEOPLE, PEOPLE)
def test_who_is_compared_with_whom_makes_no_difference(one, two):
    one, two = prepare(one), prepare(two)
    assert DEFAULT.compare(one, two) == DEFAULT.compare(two, one)


@given(PEOPLE, st.sampled_from(('birth_date', 'phone', 'email', 'street', 'zip')))
def test_a_field_missing_on_one_side_says_nothing(one, field):
    two = one._replace(name='王小明', **{field: ''})
    found = DEFAULT.compare(prepare(one), prepare(two))
    named = {'zip': 'place'}.get(field, field)
    if field != 'zip':
        assert [e.weight for e in found.evidence if e.field == named] == [0]


@given(PEOPLE, PEOPLE)
def test_zones_rise_with_the_probability(one, two):
    found = DEFAULT.compare(prepare(one), prepare(two))
    assert 0 <= found.probability <= 1
    if not found.rule:
        assert (found.zone != 'no') == (found.probability >= 0.05)
        assert found.zone != 'link' or found.probability >= DEFAULT.link


def test_the_evidence_adds_up_to_the_weight():
    found = match(KNOWN, {**KNOWN, 'name': 'Wang Xiaoming', 'zip': '107'})
    assert abs(sum(one.weight for one in found.evidence) - found.weight) < 0.1
    assert {one.field: one.level for one in found.evidence}['given_name'] == 'same'


@pytest.mark.parametrize(
    ('born', 'level'),
    [
        ('1999-01-31', 'different'),
        ('1946-01-30', 'different'),
        ('1981-01-30', 'partly'),
        ('1908-01-31', 'close'),
        ('1990-01-31', 'close'),
    ],
)
def test_born_decades_apart_is_not_partly_the_same(born, level):
    found = match(KNOWN, {**KNOWN, 'birth_date': born})
    assert {one.field: one.level for one in found.evidence}['birth_date'] == level


def test_father_and_son_of_one_name_are_not_linked():
    son = {**KNOWN, 'birth_date': '2012-01-31', 'email': 'son@example.com'}
    assert match(KNOWN, son).zone != 'link'


@pytest.mark.parametrize('one', [{}, {'name': 'A'}, {'name': '😀'}, {'birth_date': '0001-01-01'}])
def test_nothing_is_never_enough(one):
    assert match(one, one).zone == 'no'


def test_all_the_same_is_a_link():
    assert match(KNOWN, KNOWN).zone == 'link'


def test_a_name_and_a_birth_date_alone_are_for_somebody_to_see():
    one = {'name': 'Xavier Quispe', 'birth_date': '1980-01-31', 'gender': 'male'}
    assert match(one, one).zone == 'review'


def test_twins_are_not_linked():
    found = match(KNOWN, {**KNOWN, 'name': '王小華'})
    assert found.zone == 'review'
    assert {one.field for one in found.evidence} >= {'household'}


def test_a_rare_name_weighs_more_than_a_frequent_one():
    def weight(name):
        return match({'name': name}, {'name': name}).weight

    assert weight('Quispe Xavier') > weight('Nguyễn Xavier')


def test_characters_of_one_sound_are_close_only():
    def level(one, two):
        found = match({'name': one}, {'name': two})
        return {e.field: e.level for e in found.evidence}['given_name']

    assert level('王小明', '王曉鳴') == 'close'
    assert level('王小明', 'Wang Xiaoming') == level('陳曉東', '陈晓东') == 'same'
    assert level('Trần Hùng', 'Trần Hưng') == 'close'
    assert level('王小明', '王小華') == 'different'


@pytest.mark.parametrize(
    ('one', 'two', 'level'),
    [
        ('1980-01-31', '1980-01-31', 'same'),
        ('1980-01-12', '1980-12-01', 'close'),
        ('1980-01-31', '1980-01-30', 'close'),
        ('1980-01-31', '1908-01-31', 'close'),
        ('1980-01-31', '1980-05-31', 'close'),
        ('1980-01-31', '1980-01-15', 'partly'),
        ('1980-01-31', '1955-06-02', 'different'),
        ('1980-01-31', '', 'missing'),
    ],
)
def test_birth_dates_may_have_a_slip(one, two, level):
    found = match({'birth_date': one}, {'birth_date': two})
    assert {e.field: e.level for e in found.evidence}['birth_date'] == level


def test_family_and_given_name_may_be_swapped():
    found = match(
        {'given_name': 'madeline', 'family_name': 'mason'},
        {'given_name': 'mason', 'family_name': 'madeline'},
    )
    levels = {e.field: e.level for e in found.evidence}
    assert (levels['family_name'], levels['name_order']) == ('same', 'swapped')


# -- Verified identifiers ------------------------------------------------------------------------


def test_one_verified_identifier_links_whatever_else_is_missing():
    one = {'identifiers': (('id', 'A123456789', True),)}
    assert match(one, one)[1:4] == (1, 'link', 'same_verified_id')


def test_different_verified_identifiers_never_link():
    found = match(
        {**KNOWN, 'identifiers': (('id', 'A1', True),)},
        {**KNOWN, 'identifiers': (('id', 'A2', True),)},
    )
    assert found[1:4] == (0, 'no', 'different_verified_id')


def test_two_people_who_claim_one_verified_identifier_are_for_review():
    identifier = (('id', 'A123456789', True),)
    other = {'name': 'Anna Berg', 'birth_date': '1955-06-02', 'identifiers': identifier}
    assert match({**KNOWN, 'identifiers': identifier}, other).zone == 'review'


def test_identifiers_that_contradict_each_other_are_for_review():
    one = (('id', 'A1', True), ('passport', 'X1', True))
    two = (('id', 'A1', True), ('passport', 'X2', True))
    found = match({**KNOWN, 'identifiers': one}, {**KNOWN, 'identifiers': two})
    assert (found.zone, found.rule) == ('review', 'conflicting_ids')


def test_an_unverified_identifier_is_evidence_but_no_rule():
    one = {'identifiers': (('id', 'A123456789', False),)}
    found = match(one, one)
    assert (found.rule, found.zone) == (None, 'no') or found.zone == 'review'
    assert found.weight > 5


# -- Learning ------------------------------------------------------------------------------------


def test_duplicates_are_found_without_being_told():
    people = made_up()
    found = find(people)
    expected = {(number, 300 + number) for number in range(60)}
    assert {(i, j) for i, j, one in found if one.zone == 'link'} == expected
    assert {(i, j) for i, j, one in found if one.probability > 0.5} == expected


def test_two_files_are_linked():
    people = made_up()
    found = find_between(people[:300], people[300:])
    assert {(i, j) for i, j, one in found if one.zone == 'link'} == {(n, n) for n in range(60)}


def test_a_model_is_kept_as_text():
    model = Model.learn(made_up())
    kept = Model.loads(model.dumps())
    one, two = made_up()[:2]
    assert kept.dumps() == model.dumps()
    assert kept.compare(one, two).zone == model.compare(one, two).zone
    assert model.match > DEFAULT.match


def test_no_rare_name_is_in_the_text():
    people = made_up() + [prepare(Person(1, name='Quispe Xavier', phone='0912345678'))] * (
        COMMON - 1
    )
    text = Model.learn(people).dumps()
    assert not {'quispe', 'xavier', '912345678'} & {
        value for terms in json.loads(text)['terms'].values() for value in terms
    }
    assert 'chen' in text


def test_too_few_to_learn_from_leave_the_shipped_model():
    model = Model.learn([prepare(Person(1, **KNOWN)), prepare(Person(2, name='Anna Berg'))])
    for field, shares in DEFAULT.m.items():
        assert model.m[field] == pytest.approx(shares, abs=0.05)
    for people in ([], [prepare(Person(1))]):
        assert Model.learn(people).match == DEFAULT.match


def test_where_families_are_twins_are_not_linked():
    people = made_up()
    for number in range(100, 220):
        one = people[number]
        sibling = one._replace(given=f'x{one.given[::-1]}', given_written='')
        if number >= 110:
            sibling = sibling._replace(birth_date=f'{1930 + number % 80}0{1 + number % 9}17')
        people.append(sibling)
    links = {(i, j) for i, j, one in find(people) if one.zone == 'link'}
    duplicates = {(number, 300 + number) for number in range(60)}
    assert links <= duplicates
    assert len(links) > 30


# -- Many ----------------------------------------------------------------------------------------


@pytest.mark.parametrize('people', [[], [Person(1)], [Person(1)] * 30, [Person(1, name='😀')] * 30])
def test_nobody_and_nothing(people):
    assert find([prepare(one) for one in people]) == []
    assert find_between([prepare(one) for one in people], []) == []


def test_ten_thousand_of_one_name_are_not_one_person():
    people = [prepare(Person(number, name='王小明')) for number in range(10_000)]
    assert not [one for one in find(people) if one[2].zone == 'link']


def test_a_duplicate_among_many_of_one_name_is_found():
    people = [
        prepare(
            Person(
                number,
                name='王小明',
                birth_date=f'{1930 + number % 80}-{1 + number % 12:02d}-{1 + number % 28:02d}',
                phone=f'09{number:08d}',
                street=f'中山路{number}號',
                zip=str(100 + number % 17),
            )
        )
        for number in range(2_000)
    ]
    people.append(people[777]._replace(id=-1))
    links = {(i, j) for i, j, one in find(people) if one.zone == 'link'}
    assert links == {(777, 2_000)}


def test_match_each_says_what_compare_says():
    people = made_up(40, 20)
    others = [people[:position] for position in range(len(people))]
    found = match_each(DEFAULT, people, others)
    for one, compared, matches in zip(people, others, found, strict=True):
        expected = [(two.id, DEFAULT.compare(one, two)) for two in compared]
        expected = [(id_, match) for id_, match in expected if match.zone != 'no']
        assert dict(expected) == {two.id: match for two, match in matches}
        probabilities = [match.probability for _two, match in matches]
        assert probabilities == sorted(probabilities, reverse=True)
    assert any(found)
    assert match_each(DEFAULT, people, [[] for _one in people]) == [[] for _one in people]


def test_compare_many_says_what_compare_says():
    one, *others = made_up()[:20]
    assert DEFAULT.compare_many(one, others) == [DEFAULT.compare(one, two) for two in others]
    assert {found.zone for found in DEFAULT.compare_many(one, others)} <= set(ZONES)


def test_a_slip_in_a_family_name_that_is_then_taken_for_the_given_one():
    one, two = {**KNOWN, 'name': 'Nguyễz Ngọc Hà'}, {**KNOWN, 'name': 'Nguyễn Ngọc Hà'}
    found = match(one, two)
    assert {e.field: e.level for e in found.evidence}['name_order'] == 'alike'
    assert found.zone != 'no'


def test_a_wife_who_keeps_her_name_and_shares_the_given_one_is_not_linked():
    one = {**KNOWN, 'name': '胡美玲', 'birth_date': '1964-08-01', 'gender': ''}
    two = {**KNOWN, 'name': '朱美玲', 'birth_date': '1980-08-01', 'gender': ''}
    assert match(one, two).zone != 'link'


def test_two_bad_copies_of_one_good_record_are_both_found():
    people = made_up()
    bare = people[0]._replace(birth_date='', phone='')
    moved = people[0]._replace(street='', house='', zip='', phone='912345678')
    found = {(i, j): one for i, j, one in find([*people, bare, moved])}
    assert found[0, 360].probability > 0.5
    assert found[0, 361].probability > 0.5


def test_a_model_of_another_version_is_not_used():
    kept = json.loads(Model.learn(made_up()).dumps())
    kept['m']['name_order'] = kept['m']['name_order'][:-1]
    assert Model.loads(json.dumps(kept)).dumps() == DEFAULT.dumps()


@pytest.mark.parametrize('copies', [0, 1, 5])
@pytest.mark.parametrize('count', [30, 400])
def test_learning_stays_near_what_is_known_of_people(count, copies):
    """However few or many copies there are, fields of one person mostly agree."""
    people = made_up(count, 0)
    others = [one._replace(street='', house='') for one in people for _copy in range(copies)]
    model = Model.learn(people + others)
    for field in ('family_name', 'given_name', 'birth_date', 'phone'):
        assert model.m[field][-1] > 0.5, field
    expected = count * copies * (copies + 1) / 2
    size = count * (copies + 1)
    assert model.match * size * (size - 1) / 2 < expected * 1.1 + 5


@pytest.mark.parametrize('field', ['name', 'birth_date', 'zip'])
def test_one_value_that_all_have_links_nobody(field):
    people = [one._replace(keys=()) for one in made_up(300, 0)]
    same = prepare(Person(1, **KNOWN))
    parts = {'name': ('family', 'given', 'family_written', 'given_written')}.get(field, (field,))
    people = [
        one._replace(keys=same.keys, **{part: getattr(same, part) for part in parts})
        for one in people
    ]
    assert not [one for one in find(people) if one[2].zone == 'link']
