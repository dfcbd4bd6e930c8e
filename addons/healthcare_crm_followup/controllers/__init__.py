from . import tracking, twilio
