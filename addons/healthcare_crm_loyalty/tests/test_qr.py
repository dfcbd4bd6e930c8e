import doctest

from .. import card_numbers, qr


def test_examples():
    assert not doctest.testmod(qr).failed
    assert not doctest.testmod(card_numbers).failed


def test_a_drawing_holds_no_markup_of_the_label():
    assert '<b>' not in qr.draw('0441234', '<b>"card"</b>')
    assert qr.draw('0441234').count('<path') == 2
