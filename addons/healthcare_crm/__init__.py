from . import controllers
from . import models
from . import quiet_log
from . import report
from . import websocket_lock
from . import wizards
from .hooks import post_init_hook, pre_init_hook, uninstall_hook

quiet_log.install()
