from . import channels, engine, models, wizards
from .hooks import uninstall_hook
