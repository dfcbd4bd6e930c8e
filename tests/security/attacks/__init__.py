"""Attacks by name, and what they stand for. See :file:`book.py` for how one is written."""
