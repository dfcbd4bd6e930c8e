from . import hook, tracking, twilio
