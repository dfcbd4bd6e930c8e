"""What comes back, understood: the words of a reply, letters, reports of providers, opens and
clicks. The models of the same names write down what is found here."""

from .words import is_opt_out, match_reply

__all__ = ['is_opt_out', 'match_reply']
