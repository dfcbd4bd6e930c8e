from . import test_benefits_page
from . import test_family
from . import test_membership
from . import test_lots
from . import test_earning
from . import test_points
from . import test_sensitive
from . import test_tiers
