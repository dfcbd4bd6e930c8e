from . import patient_summary
