"""The exact words of a form, without a database."""

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.healthcare_crm.consenting import majority, wording

ITEM = {
    'purpose': "Reminder",
    'description': "We remind you.",
    'retention': "Two years.",
    'channels': [['sms', "SMS"]],
}


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    once = wording.clean(text)
    assert wording.clean(once) == once


@given(st.text(min_size=1), st.text())
def test_any_other_word_has_another_fingerprint(word, body):
    one = wording.compose("Title", body, "I agree", [ITEM])
    other = wording.compose("Title", body + '\n\nx' + word, "I agree", [ITEM])
    assert (one == other) == (wording.fingerprint(one) == wording.fingerprint(other))
    assert one != other


def test_the_fingerprint_is_known():
    assert wording.fingerprint("Consent") == (
        'd37e0cd00f18a366f040d864a3fa641b54039aab8f55f60e09a1f11fde972caf'
    )


def test_one_spelling_of_vietnamese():
    assert wording.clean('Nguye\u0302\u0303n') == 'Nguyễn'


def test_hidden_letters_are_dropped():
    assert wording.clean('I\u202e agree\u200b\x00') == 'I agree'


def test_blocks_are_words_not_markup():
    assert wording.blocks('# <b>x</b>\n- <script>1</script>\n\na\nb') == [
        ('heading', '<b>x</b>'),
        ('item', '<script>1</script>'),
        ('paragraph', 'a b'),
    ]


def test_all_that_is_asked_is_in_the_words():
    words = wording.compose("Title", "Body", "I agree", [ITEM])
    for part in ("Title", "Body", "I agree", "Reminder", "We remind you.", "Two years.", "SMS"):
        assert part in words


def test_ages():
    assert [majority.age_of_majority(code) for code in ('TW', 'VN', 'TH', 'SG', None)] == [
        18, 18, 20, 21, 18,
    ]  # fmt: skip
