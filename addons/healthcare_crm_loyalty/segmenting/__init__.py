"""What a segment may ask about clubs, campaigns, offers and events, see ``healthcare_crm``.

A kind is offered where the add-on is installed whose records it asks about; one that asks about
Odoo's own also needs ours, which another database of the same server may not have.
"""

from . import club
from . import campaign
from . import clicked
from . import attended
from . import quoted
