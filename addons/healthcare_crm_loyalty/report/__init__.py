from . import loyalty_card_print
