from . import channels, controllers, engine, models, wizards
from .hooks import uninstall_hook
