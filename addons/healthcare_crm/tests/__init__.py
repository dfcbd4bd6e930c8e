from . import test_appointment_link
from . import test_healthcare_import
