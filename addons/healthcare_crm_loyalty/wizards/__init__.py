from . import healthcare_loyalty_block
from . import healthcare_loyalty_family
from . import healthcare_loyalty_invite
from . import healthcare_loyalty_join
from . import healthcare_loyalty_link
from . import healthcare_coupon_use
