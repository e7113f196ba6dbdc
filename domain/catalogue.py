"""Every event there is, by its stored name. What is listed here can be read for ever."""

from domain.agreement import AgreementEnded, AgreementMade
from domain.event import Event
from domain.household import events as household
from domain.keys import (
    DestructionApproved,
    DestructionProposed,
    DestructionRepeated,
    DestructionWithdrawn,
    KeysRewrapped,
    MasterKeyRotated,
    MasterKeysRetired,
)
from domain.partner import KeySet
from domain.programme import CutOffSet, ProgrammeClosed, ProgrammeOpened, ReliefShareSet
from domain.registry_day import DayOpened
from domain.scorecard_adoption import ScorecardAdopted
from domain.seal import HeadsSealed, SealedAnew
from domain.shock import (
    GroupShockDeclared,
    GroupShockProposed,
    ShockDeclared,
    ShockLifted,
    ShockProposalWithdrawn,
    ShockProposed,
    ShockRevoked,
    ShockWidened,
    StruckCounted,
    ThresholdsSet,
)
from domain.standing import Decided
from domain.submission import Disclosed, SubmissionRefused

HOUSEHOLD_EVENTS: tuple[type[Event], ...] = (
    household.Registered,
    household.Resurveyed,
    household.Corrected,
    household.Formed,
    household.MemberJoined,
    household.MemberLeft,
    household.HeadChanged,
    household.MaritalStatusChanged,
    household.DisabilityChanged,
    household.GenderChanged,
    household.RecipientChosen,
    household.ContactChanged,
    household.AddressChanged,
    household.Moved,
    household.DuplicateAbsorbed,
    household.MergedInto,
    household.MemberErased,
    household.KeysDestroyed,
    household.ProgrammeReported,
    household.PaymentReported,
)
POLICY_EVENTS: tuple[type[Event], ...] = (
    DayOpened,
    ScorecardAdopted,
    ProgrammeOpened,
    CutOffSet,
    ReliefShareSet,
    ProgrammeClosed,
    ShockProposed,
    GroupShockProposed,
    ShockProposalWithdrawn,
    ShockDeclared,
    GroupShockDeclared,
    StruckCounted,
    ShockWidened,
    ThresholdsSet,
    ShockLifted,
    ShockRevoked,
)
AGREEMENT_EVENTS: tuple[type[Event], ...] = (AgreementMade, AgreementEnded)
KEY_EVENTS: tuple[type[Event], ...] = (
    MasterKeyRotated,
    KeysRewrapped,
    MasterKeysRetired,
    DestructionProposed,
    DestructionWithdrawn,
    DestructionApproved,
    DestructionRepeated,
)
OTHER_EVENTS: tuple[type[Event], ...] = (
    Decided,
    *AGREEMENT_EVENTS,
    KeySet,
    SubmissionRefused,
    Disclosed,
    HeadsSealed,
    SealedAnew,
    *KEY_EVENTS,
)

EVENTS: dict[str, type[Event]] = {kind.name: kind for kind in (*HOUSEHOLD_EVENTS, *POLICY_EVENTS, *OTHER_EVENTS)}
HOUSEHOLD_NAMES: frozenset[str] = frozenset(kind.name for kind in HOUSEHOLD_EVENTS)
KEY_NAMES: frozenset[str] = frozenset(kind.name for kind in KEY_EVENTS)
POLICY_NAMES: frozenset[str] = frozenset(kind.name for kind in POLICY_EVENTS)
