"""One example of each event with every field filled in, so that its golden file pins every field's bytes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from domain.agreement import AgreementEnded, AgreementMade
from domain.event import Envelope, Event
from domain.household import events as household
from domain.partner import KeySet
from domain.programme import (
    Amount,
    AppealRule,
    CutOffSet,
    ProgrammeClosed,
    ProgrammeOpened,
    Recipients,
    Relaxation,
    ReliefShareSet,
    Rule,
)
from domain.questionnaire.answers import Answers, BirthDate, Contact, Dwelling, Family, Member, Place
from domain.questionnaire.capture import Capture, GeoPoint, TimedSection
from domain.questionnaire.codes import (
    Asset,
    Biometric,
    CentreKind,
    ChronicDisease,
    Comparison,
    DecisionKind,
    Difficulty,
    DisabilityKind,
    DrinkingWater,
    Electricity,
    EmploymentNature,
    EmploymentStatus,
    Evidence,
    FamilyKind,
    Floor,
    Fuel,
    Hazard,
    JoinReason,
    LeaveReason,
    Lighting,
    Livestock,
    MaritalStatus,
    Occasion,
    Occupancy,
    OccupationGroup,
    Outcome,
    ProgrammeReport,
    Relation,
    Roof,
    SchoolStatus,
    SchoolType,
    Section,
    Settlement,
    Sex,
    Structure,
    Toilet,
    Walls,
)
from domain.registry_day import DayOpened
from domain.relief import ReliefThresholds, TehsilThreshold
from domain.scorecard_adoption import ScorecardAdopted
from domain.shock import (
    ShockDeclared,
    ShockLifted,
    ShockProposalWithdrawn,
    ShockProposed,
    ShockRevoked,
    ShockWidened,
    StruckCounted,
    ThresholdsSet,
)
from domain.standing import Conclusion, Decided
from domain.submission import Disclosed, Reason, SubmissionRefused

ON = date(2026, 11, 21)
AT = datetime(2026, 11, 21, 9, 30, 15, 250_000, tzinfo=UTC)
AMINA, BILAL, CHAND = (UUID(int=0xA0 << 120 | number) for number in (1, 2, 3))
HERE, ELSEWHERE = UUID("00512345-0000-8000-8000-000000000010"), UUID("00512345-0000-8000-8000-000000000020")
SUBMISSION = UUID("5b000000-0000-4000-8000-000000000001")
TOKEN, NAME, PHONE = (UUID(int=0xC0 << 120 | number) for number in (1, 2, 3))
CARD_HASH = bytes(range(32))

CAPTURE = Capture(
    captured_at=AT,
    received_at=AT,
    centre_kind=CentreKind.VAN,
    position=GeoPoint(30_070_000, 71_190_000, 12),
    respondent=AMINA,
    queue_token="A-17",
    started_at=AT,
    ended_at=AT,
    sections=(TimedSection(Section.ROSTER, AT, AT),),
    biometric=Biometric.NOT_READABLE,
)
ENVELOPE = Envelope(AT, "operator-7", "operator", "van-3", "tablet-12", SUBMISSION, CAPTURE)

PLACE = Place("PK60201", "Basti Kot", Settlement.RURAL)
MEMBER = Member(
    member_id=AMINA,
    line=2,
    relation=Relation.SPOUSE,
    sex=Sex.FEMALE,
    age=38,
    born=BirthDate(1988, 3, 0),
    marital_status=MaritalStatus.MARRIED,
    family=2,
    spouse=BILAL,
    mother=CHAND,
    father=BILAL,
    literate=True,
    school=SchoolStatus.DROPPED_OUT,
    highest_class=8,
    school_type=SchoolType.GOVERNMENT,
    disabilities=(DisabilityKind.HEARING,),
    disability_certified=True,
    difficulties=(Difficulty.NONE, Difficulty.A_LOT),
    chronic_diseases=(ChronicDisease.ASTHMA,),
    employment=EmploymentStatus.EMPLOYED,
    employment_nature=EmploymentNature.DAY_LABOUR,
    occupation=OccupationGroup.ELEMENTARY,
    pregnant_or_lactating=False,
    token=TOKEN,
    name_tokens=(NAME,),
    identity=b"sealed identity",
)
FAMILY = Family(2, FamilyKind.BETA, AMINA)
CONTACT = Contact(b"sealed contact", (PHONE,))
ANSWERS = Answers(
    dwelling=Dwelling(
        structure=Structure.KACHA,
        occupancy=Occupancy.OWNED,
        rooms=2,
        floor=Floor.EARTH,
        roof=Roof.THATCH,
        walls=Walls.RAW_BRICK_OR_MUD,
        cooking_fuel=Fuel.FIREWOOD,
        lighting=Lighting.SOLAR,
        electricity=Electricity.EXTENDED,
        drinking_water=DrinkingWater.HAND_PUMP,
        toilet=Toilet.DRY_PIT_LATRINE,
        toilet_shared=True,
    ),
    assets={Asset.FAN: 1, Asset.CAR: 0},
    livestock={Livestock.GOAT: 4},
    owns_livestock=True,
    owns_land=True,
    land_owned_marla=40,
    land_rented_in_marla=160,
    land_irrigated=False,
)
SURVEY = household.Survey(PLACE, ANSWERS, (MEMBER,), (FAMILY,), CONTACT, b"sealed address", ("roster_large",))
CNIC, CRC = (Evidence.CNIC,), (Evidence.CRC,)

EXAMPLES: tuple[Event, ...] = (
    household.Registered(ON, SURVEY, "row 17"),
    household.Resurveyed(ON, Occasion.SHOCK, SURVEY, "flood-2026", "kafaalat"),
    household.Corrected(ON, SUBMISSION, SURVEY, "typed from the wrong form"),
    household.Formed(ON, ELSEWHERE, PLACE, (MEMBER,), (FAMILY,), CONTACT, b"sealed address"),
    household.MemberJoined(ON, MEMBER, JoinReason.RETURN, CNIC, ELSEWHERE, FAMILY),
    household.MemberLeft(ON, AMINA, LeaveReason.DEPARTURE, (Evidence.COURT_ORDER,), ELSEWHERE),
    household.HeadChanged(ON, BILAL, AMINA, {BILAL: Relation.SPOUSE}),
    household.MaritalStatusChanged(ON, AMINA, MaritalStatus.NIKAH_ONLY, MaritalStatus.MARRIED, BILAL, CNIC),
    household.DisabilityChanged(
        ON,
        AMINA,
        (DisabilityKind.SPEECH,),
        (DisabilityKind.HEARING,),
        from_certified=False,
        to_certified=True,
        evidence=(Evidence.DISABILITY_CERTIFICATE,),
    ),
    household.GenderChanged(ON, AMINA, Sex.MALE, Sex.TRANSGENDER, CNIC),
    household.RecipientChosen(ON, 2, BILAL, AMINA),
    household.ContactChanged(ON, CONTACT),
    household.AddressChanged(ON, b"sealed address"),
    household.Moved(ON, PLACE, Place("PK70101", "Saddar", Settlement.URBAN), b"sealed address"),
    household.DuplicateAbsorbed(ON, ELSEWHERE),
    household.MergedInto(ON, HERE),
    household.MemberErased(ON, AMINA, "request 12 of 2026"),
    household.ProgrammeReported(ON, "kafaalat", ProgrammeReport.BLOCKED, ("vehicle",), 2),
    household.PaymentReported(ON, "kafaalat", HERE, 1_050_000),
    DayOpened(ON),
    ScorecardAdopted(ON, "pakistan_schreiner_2009", "A card", CARD_HASH, b"the card as stored", "policy office"),
    ProgrammeOpened(
        ON,
        "kafaalat",
        Rule(
            title="Kafaalat",
            recipients=Recipients.EVER_MARRIED_WOMEN_AND_TRANSGENDER_PERSONS,
            needs_score=True,
            after=("registry",),
            regions=("PK6", "PK7"),
            filters=("vehicle",),
            verification=True,
            relief=True,
            reports=True,
            recertify_every_years=3,
            ages=(4, 18),
            appeal=AppealRule(Decimal("2.5")),
            amounts=(Amount(date(2025, 4, 1), 1_350_000, "quarterly", "press"),),
            note="a note",
            source="a source",
        ),
        2,
        "policy office",
    ),
    CutOffSet(
        ON,
        "kafaalat",
        Decimal("16.17"),
        Comparison.AT_OR_UNDER,
        CARD_HASH,
        "pakistan_schreiner_2009",
        {Relaxation.MEMBER_CERTIFIED_DISABLED: Decimal(37)},
        illustration=True,
        source="a source",
    ),
    ReliefShareSet(ON, "flood_relief_poorest", 60, "a source"),
    ProgrammeClosed(ON, "kafaalat", "reform"),
    ShockDeclared(
        ON,
        "flood-2026",
        Hazard.FLOOD,
        date(2026, 8, 30),
        ("PK602", "PK60201/Basti Kot"),
        date(2026, 9, 10),
        date(2026, 12, 31),
        "provincial authority",
        "notification 7",
        ("flood_relief",),
    ),
    StruckCounted(ON, "flood-2026", 2_100, "officer-1"),
    ShockProposalWithdrawn(ON, "flood-2027", "the water stayed out"),
    ShockProposed(
        ON,
        "flood-2026",
        Hazard.FLOOD,
        date(2026, 8, 30),
        ("PK602", "PK60201/Basti Kot"),
        date(2026, 9, 10),
        date(2026, 12, 31),
        "provincial authority",
        "notification 7",
        ("flood_relief",),
        240_000,
        "officer-1",
    ),
    ShockWidened(ON, "flood-2026", date(2026, 9, 2), ("PK603",), "provincial authority", "notification 8"),
    ThresholdsSet(
        ON,
        "flood-2026",
        1_190,
        ReliefThresholds(
            "flood_relief_poorest",
            60,
            CARD_HASH,
            (
                TehsilThreshold("PK60201", Decimal("31.5"), 42_000, 41_000, 24_610),
                TehsilThreshold("PK60202", None, 3, 0, 0),
            ),
        ),
    ),
    ShockLifted(ON, "flood-2026", "provincial authority"),
    ShockRevoked(ON, "flood-2026", "declared for the wrong district", "provincial authority"),
    Decided(
        ON,
        "kafaalat",
        Outcome.PENDING,
        Conclusion(Outcome.ELIGIBLE, "score_within_cutoff", (AMINA,), "97/6", CARD_HASH, Decimal("16.17"), 2),
        DecisionKind.CIRCUMSTANCES,
        cause_position=1_234,
        policies_position=1_200,
        household_version=3,
        place="PK602",
    ),
    AgreementMade(
        ON,
        "food-bank",
        "kafaalat",
        "Food Bank of Sindh",
        "desk@food-bank.example",
        "letter 12 of 2026",
        ("PK6", "PK70101/Lyari"),
        score=True,
        until=date(2027, 6, 30),
    ),
    AgreementEnded(ON, "food-bank", "kafaalat", "letter 44 of 2026"),
    KeySet(ON, "food-bank", "$2b$10$abcdefghijklmnopqrstuu5Lw8vVmB1zHn9hQqY0b7cU3m7oWnJ4S"),
    SubmissionRefused(
        ON, SUBMISSION, "cyclic", "desk-1", CARD_HASH[:16], (Reason("rule", "Not taken as cyclic."),), HERE
    ),
    Disclosed(ON, HERE, (AMINA, BILAL), "auditor-2", "complaint 44"),
)
