"""Every table of answers, and which follower keeps it."""

from projections.decisions import DECISIONS
from projections.eligibility import ELIGIBILITY
from projections.feed_message import FEED, FEED_ENDS
from projections.former_places import FORMER_PLACES
from projections.group_memberships import GROUP_MEMBERSHIPS
from projections.households import HOUSEHOLDS
from projections.indicators.counting import INDICATORS
from projections.participation import PARTICIPATION, PAYMENTS
from projections.reassessments import REASSESSMENTS
from projections.roster_lookup import ROSTER_LOOKUP
from projections.shock_surveys import SHOCK_SURVEYS
from projections.standing import STANDING

OF_THE_ASSESSOR = (STANDING, FORMER_PLACES)
OF_THE_PROJECTOR = (
    HOUSEHOLDS,
    ROSTER_LOOKUP,
    ELIGIBILITY,
    DECISIONS,
    INDICATORS,
    SHOCK_SURVEYS,
    GROUP_MEMBERSHIPS,
    PARTICIPATION,
    PAYMENTS,
)
ANSWERS = (*OF_THE_ASSESSOR, *OF_THE_PROJECTOR)
"""What a rebuild makes anew."""
OF_THE_FEEDER = (FEED, FEED_ENDS)
"""What partners were told: it is appended to, and never made anew."""
TABLES = (*ANSWERS, REASSESSMENTS, *OF_THE_FEEDER)
