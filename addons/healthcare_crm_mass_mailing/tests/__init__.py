from . import test_segment_mailing
from . import test_recipients
from . import test_sensitive
