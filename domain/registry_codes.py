"""Code lists of the registry's own work: why a household was asked, by what means, with what evidence, what came of it.

Numbers are ours and never change; a new code takes a new number.
"""

from domain.code import Code


class CentreKind(Code):
    """Where an update is taken: a tehsil desk, a mobile van, a team sent to a union council (annual report)."""

    DESK = 1
    VAN = 2
    UNION_COUNCIL_TEAM = 3
    SURVEY_ROUND = 4


class Biometric(Code):
    """Result of checking the respondent's finger against the citizen register."""

    VERIFIED = 1
    NOT_MATCHED = 2
    NOT_READABLE = 3
    NOT_TAKEN = 4


class Section(Code):
    """Sections of the interview that are timed."""

    IDENTITY = 1
    ROSTER = 2
    EDUCATION = 3
    HEALTH = 4
    EMPLOYMENT = 5
    DWELLING = 6
    ASSETS = 7
    LIVESTOCK_AND_LAND = 8


class Occasion(Code):
    """Why a household was asked (annual report: six kinds of update)."""

    MISSED_OUT = 1
    ROSTER_UPDATE = 2
    SHOCK = 3
    APPEAL = 4
    CYCLIC = 5
    RECERTIFICATION = 6


class JoinReason(Code):
    """Why a member joins a roster (annual report: birth, marriage, return)."""

    BIRTH = 1
    MARRIAGE = 2
    RETURN = 3
    SPLIT = 4
    MERGE = 5


class LeaveReason(Code):
    """Why a member leaves a roster (annual report: death, marriage; departure only with evidence)."""

    DEATH = 1
    MARRIAGE = 2
    DEPARTURE = 3
    SPLIT = 4
    MERGE = 5


class Evidence(Code):
    """What was shown for a change."""

    CRC = 1
    MARRIAGE_CERTIFICATE = 2
    DEATH_CERTIFICATE = 3
    DIVORCE_CERTIFICATE = 4
    CNIC = 5
    DISABILITY_CERTIFICATE = 6
    CITIZEN_REGISTER = 7
    STATEMENT_OF_TWO_WITNESSES = 8
    COURT_ORDER = 9


class ProgrammeReport(Code):
    """What a programme tells the registry about a household."""

    ENROLLED = 1
    SUSPENDED = 2
    EXITED = 3
    VERIFIED = 4
    BLOCKED = 5
    CLEARED = 6


class Outcome(Code):
    """What the registry concludes about a household for a programme."""

    INELIGIBLE = 1
    ELIGIBLE = 2
    PENDING = 3
    BLOCKED = 4


class DecisionKind(Code):
    """Why an eligibility changed."""

    CIRCUMSTANCES = 1
    CORRECTION = 2
    POLICY = 3
    SHOCK = 4
    APPEAL = 5


class Hazard(Code):
    """What struck."""

    FLOOD = 1
    EARTHQUAKE = 2
    DROUGHT = 3
    STORM = 4
    FIRE = 5
    EPIDEMIC = 6
    CONFLICT = 7
    ECONOMIC = 8
    PRICE_RISE = 9
    LOSS_OF_WORK = 10
    DISPLACEMENT = 11


class Group(Code):
    """A group of households over which a shock may be declared; `domain/groups.py` says who belongs to it."""

    DAY_LABOUR = 1
    MEMBER_CERTIFIED_DISABLED = 2
    WOMAN_HEADED = 3


class Comparison(Code):
    """How a score is held against a cut-off."""

    AT_OR_UNDER = 1
    UNDER = 2
