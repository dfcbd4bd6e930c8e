from . import test_appointment_link
