from odoo.tools import formatLang


def spell_number(env, number, digits):
    """Return a number as readers of the language write it, without zeros that say nothing.

    :param digits: how many decimals it has at most, as in ``-36,7`` and ``1.240`` in Vietnamese
    """
    number = round(number, digits)
    # the places that are needed: 2.5 needs one of two
    needed = next(places for places in range(digits + 1) if round(number, places) == number)
    return formatLang(env, float(number), digits=needed)
