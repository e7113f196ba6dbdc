"""Code lists of the household survey. Stored as small integers; written and read by name at every edge.

Sources: the registry's annual report FY 2022-23 where it prints its own groups; otherwise the questionnaire of the
Pakistan Social and Living Standards Measurement survey 2019-20 (PSLM), whose codes the survey follows as far as is
known. Numbers are ours and never change; a new answer takes a new number.
"""

from domain.code import Code
from domain.registry_codes import (
    Biometric,
    CentreKind,
    Comparison,
    DecisionKind,
    Evidence,
    Group,
    Hazard,
    JoinReason,
    LeaveReason,
    Occasion,
    Outcome,
    ProgrammeReport,
    Section,
)

__all__ = [
    "Biometric",
    "CentreKind",
    "Code",
    "Comparison",
    "DecisionKind",
    "Evidence",
    "Group",
    "Hazard",
    "JoinReason",
    "LeaveReason",
    "Occasion",
    "Outcome",
    "ProgrammeReport",
    "Section",
]
"""Beside the lists below, those of the registry's own work can be had from here as well."""


class Relation(Code):
    """Relation to the head (PSLM 2019-20, section B-1)."""

    HEAD = 1
    SPOUSE = 2
    CHILD = 3
    GRANDCHILD = 4
    PARENT = 5
    SIBLING = 6
    NEPHEW_OR_NIECE = 7
    CHILD_IN_LAW = 8
    SIBLING_IN_LAW = 9
    PARENT_IN_LAW = 10
    GRANDPARENT = 11
    UNCLE_OR_AUNT = 12
    SERVANT = 13
    OTHER = 14
    ADOPTED_OR_STEP_CHILD = 15
    OTHER_RELATIVE = 16


class Sex(Code):
    """Sex as the registry reports it (annual report, tables by male, female, trans)."""

    FEMALE = 1
    MALE = 2
    TRANSGENDER = 3


class MaritalStatus(Code):
    """Marital status (PSLM 2019-20, section B-1). `NIKAH_ONLY`: under contract, and not yet living together."""

    NEVER_MARRIED = 1
    MARRIED = 2
    WIDOWED = 3
    DIVORCED = 4
    SEPARATED = 5
    NIKAH_ONLY = 6


class SchoolStatus(Code):
    """Whether a child of 4 to 18 goes to school (annual report: out of school is never attended or dropped out)."""

    ATTENDING = 1
    NEVER_ATTENDED = 2
    DROPPED_OUT = 3


class SchoolType(Code):
    """Kind of school (PSLM 2019-20, section C-1)."""

    GOVERNMENT = 1
    PRIVATE = 2
    MADRASA = 3
    FOUNDATION = 4
    NON_FORMAL = 5
    PRIVATE_TUITION = 6
    OTHER = 7


class DisabilityKind(Code):
    """Disability kinds (annual report)."""

    UPPER_LIMB = 1
    LOWER_LIMB = 2
    MENTAL = 3
    SPEECH = 4
    HEARING = 5
    PARTIAL_SIGHT = 6
    NO_SIGHT = 7
    OTHER = 8


class Difficulty(Code):
    """Degree of difficulty in one of the six Washington Group domains (PSLM 2019-20, section B-2)."""

    NONE = 1
    SOME = 2
    A_LOT = 3
    CANNOT_DO = 4


class ChronicDisease(Code):
    """Chronic diseases. The report counts people with at least one; its own list is not published, this one is ours."""

    HEART = 1
    DIABETES = 2
    BLOOD_PRESSURE = 3
    CANCER = 4
    HEPATITIS = 5
    KIDNEY = 6
    TUBERCULOSIS = 7
    ASTHMA = 8
    OTHER = 9


class EmploymentStatus(Code):
    """Whether a member of 14 to 60 works (annual report)."""

    EMPLOYED = 1
    SEEKING_WORK = 2
    NOT_SEEKING_WORK = 3
    UNEMPLOYED = 4


class EmploymentNature(Code):
    """What kind of work (annual report)."""

    REGULAR_PAID = 1
    SEASONAL_PAID = 2
    DAY_LABOUR = 3
    SELF_EMPLOYED_AGRICULTURE = 4
    SELF_EMPLOYED_OTHER = 5
    UNPAID_FAMILY_WORK = 6


class OccupationGroup(Code):
    """Main group of occupation (ISCO-08, which Pakistan's classification of occupations follows)."""

    MANAGER = 1
    PROFESSIONAL = 2
    TECHNICIAN = 3
    CLERK = 4
    SERVICE_OR_SALES = 5
    SKILLED_AGRICULTURE = 6
    CRAFT = 7
    MACHINE_OPERATOR = 8
    ELEMENTARY = 9
    ARMED_FORCES = 10
    NOT_STATED = 11


class FamilyKind(Code):
    """The citizen register's families: alpha, the one born into; beta, the one married into (annual report)."""

    ALPHA = 1
    BETA = 2


class Settlement(Code):
    """Rural or urban."""

    RURAL = 1
    URBAN = 2


class Structure(Code):
    """Material class of the dwelling (annual report): kacha of mud, straw or bamboo; pacca of burnt brick or cement."""

    KACHA = 1
    PACCA = 2
    SEMI_PACCA = 3


class Occupancy(Code):
    """How the household holds its dwelling (PSLM 2019-20, section F-1)."""

    OWNED = 1
    OWNED_SELF_HIRED = 2
    RENTED = 3
    RENTED_SUBSIDISED = 4
    RENT_FREE = 5


class Floor(Code):
    """Main material of the floor (PSLM 2019-20, section F-1)."""

    EARTH = 1
    DUNG = 2
    TILES = 3
    WOOD = 4
    CEMENT = 5
    BRICK = 6
    OTHER = 7
    CARPET = 8


class Roof(Code):
    """Main material of the roof (PSLM 2019-20, section F-1)."""

    CONCRETE = 1
    WOOD_OR_BAMBOO = 2
    SHEETS = 3
    METAL_OR_GIRDERS = 4
    OTHER = 5
    THATCH = 6
    NONE = 7


class Walls(Code):
    """Main material of the walls (PSLM 2019-20, section F-1)."""

    BURNT_BRICK_OR_BLOCK = 1
    RAW_BRICK_OR_MUD = 2
    WOOD_OR_BAMBOO = 3
    PLYWOOD_OR_CARDBOARD = 4
    STONE = 5
    OTHER = 6
    NONE = 7


class Fuel(Code):
    """What the household mostly cooks with (PSLM 2019-20, section F-1)."""

    FIREWOOD = 1
    PIPED_GAS = 2
    LPG = 3
    KEROSENE = 4
    ELECTRICITY = 5
    DUNG_CAKE = 6
    CROP_RESIDUE = 7
    CHARCOAL_OR_COAL = 8
    OTHER = 9
    BIOGAS = 10
    NONE = 11


class Lighting(Code):
    """What the household mostly lights with (PSLM 2019-20, section F-1)."""

    ELECTRICITY = 1
    SOLAR = 2
    GAS = 3
    KEROSENE = 4
    FIREWOOD = 5
    CANDLE = 6
    OTHER = 7


class Electricity(Code):
    """Connection to electricity; metered and extended both count as access (annual report)."""

    NONE = 1
    METERED = 2
    EXTENDED = 3


class DrinkingWater(Code):
    """Main source of drinking water (PSLM 2019-20, section F-2; where it has one, the published scorecard's word)."""

    PIPED = 1
    HAND_PUMP = 2
    MOTORIZED_PUMP_OR_TUBE_WELL = 3
    COVERED_OR_CLOSED_WELL = 4
    OPEN_WELL = 5
    PROTECTED_SPRING = 6
    UNPROTECTED_SPRING = 7
    POND_CANAL_OR_RIVER = 8
    BOTTLED = 9
    TANKER = 10
    FILTRATION_PLANT = 11
    RAIN = 12
    KAREZ = 13
    OTHER = 14
    PUBLIC_TAP = 15
    CART = 16


class Toilet(Code):
    """Toilet in use (PSLM 2019-20, section F-2; words of the published Pakistan scorecard)."""

    NONE = 1
    FLUSH_OPEN_DRAIN = 2
    FLUSH_PUBLIC_SEWERAGE = 3
    FLUSH_PIT_OR_SEPTIC = 4
    DRY_RAISED_LATRINE = 5
    DRY_PIT_LATRINE = 6
    COMPOSTING = 7
    OTHER = 8
    BUCKET = 9


class Asset(Code):
    """Durable goods and means of communication (PSLM 2019-20, sections F-1 and H)."""

    RADIO = 1
    TELEVISION = 2
    REFRIGERATOR = 3
    FREEZER = 4
    WASHING_MACHINE = 5
    DRYER = 6
    AIR_CONDITIONER = 7
    AIR_COOLER = 8
    FAN = 9
    COOKING_STOVE = 10
    COOKING_RANGE = 11
    MICROWAVE = 12
    SEWING_MACHINE = 13
    KNITTING_MACHINE = 14
    IRON = 15
    WATER_FILTER = 16
    WATER_PUMP = 17
    TURBINE = 18
    CHAIR = 19
    TABLE = 20
    UPS = 21
    GENERATOR = 22
    SOLAR_PANEL = 23
    HEATER = 24
    GEYSER = 25
    BICYCLE = 26
    MOTORCYCLE = 27
    RICKSHAW = 28
    CAR = 29
    OTHER_VEHICLE = 30
    BOAT = 31
    TRACTOR = 32
    WATCH = 33
    ANIMAL_CART = 34
    INTERNET = 35
    MOBILE_PHONE = 36
    LANDLINE_PHONE = 37
    COMPUTER = 38
    TABLET = 39


class Livestock(Code):
    """Animals by kind (annual report; the 2009 poverty scorecard's groups; PSLM 2019-20, section G)."""

    BUFFALO = 1
    COW = 2
    BULLOCK = 3
    GOAT = 4
    SHEEP = 5
    HORSE_DONKEY_OR_MULE = 6
    CAMEL = 7
    POULTRY = 8
    CATTLE_NOT_SPECIFIED = 9
