"""What the blocks of the 360° view are made of: plain functions, and rows read a few at a time.

The blocks themselves are methods of ``res.partner``, see ``models/res_partner_overview.py``.
"""

from .latest import latest_of_each
from .parts import Block, badge, fact, row

__all__ = ['Block', 'badge', 'fact', 'latest_of_each', 'row']
