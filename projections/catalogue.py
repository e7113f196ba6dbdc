"""Every table of answers, and which follower keeps it."""

from projections.decisions import DECISIONS
from projections.eligibility import ELIGIBILITY
from projections.former_places import FORMER_PLACES
from projections.households import HOUSEHOLDS
from projections.indicators.counting import INDICATORS
from projections.reassessments import REASSESSMENTS
from projections.roster_lookup import ROSTER_LOOKUP
from projections.shock_surveys import SHOCK_SURVEYS
from projections.standing import STANDING

OF_THE_ASSESSOR = (STANDING,)
OF_THE_PROJECTOR = (HOUSEHOLDS, ROSTER_LOOKUP, ELIGIBILITY, DECISIONS, INDICATORS, FORMER_PLACES, SHOCK_SURVEYS)
ANSWERS = (*OF_THE_ASSESSOR, *OF_THE_PROJECTOR)
"""What a rebuild makes anew."""
TABLES = (*ANSWERS, REASSESSMENTS)
