from pathlib import Path

from odoo.addons.healthcare_crm_followup import gallery

from . import happenings, models, placeholders, subjects
from .hooks import uninstall_hook

gallery.add_directory(Path(__file__).parent / 'gallery')
