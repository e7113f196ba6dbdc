"""Examples of what is told, and the files that hold them as they are sent."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.agreement import AgreementEnded, AgreementMade
from domain.household.events import Moved
from domain.questionnaire.codes import DecisionKind, Group, Hazard, Outcome
from domain.shock import GroupShockDeclared, ShockDeclared, ShockLifted, ShockRevoked, ShockWidened
from domain.standing import Decided
from projections.changes import Row
from projections.feed_message import ChangeTold, TermsTold, Told, feed_row, in_words
from projections.feed_shocks import ShockTold
from tests.golden.files import written

FOLDER = Path(__file__).parent / "feed"
TOKEN = UUID("3d1f7c55-9a2e-4f0b-8c77-5b1e0d9a4c21")
SOURCE = "urn:gharana:0123456789abcdef"
FEED_OF = ("food-bank", "kafaalat")
AT = datetime(2026, 11, 21, 9, 30, 15, 250_000, tzinfo=UTC)
ON = date(2026, 11, 21)

_ENTERED = ChangeTold(
    household=0x512345 << 104 | 0x8000 << 64 | 0x80 << 56 | 0x10,
    was=Outcome.PENDING,
    outcome=Outcome.ELIGIBLE,
    since=ON,
    reason="score_within_cutoff",
    place="PK602",
    kind=DecisionKind.CIRCUMSTANCES,
    score="16.17",
)
_LEFT = replace(_ENTERED, was=Outcome.ELIGIBLE, outcome=Outcome.INELIGIBLE, reason="score_above_cutoff", score=None)
_STAYED = replace(_ENTERED, was=Outcome.ELIGIBLE, since=date(2026, 3, 1))
_TERMS = TermsTold(("PK6", "PK70101/Lyari"), score=True, first_day=date(2026, 11, 1), last_day=date(2027, 6, 30))


_SHOCK = ShockTold(
    "flood-2026",
    Hazard.FLOOD,
    date(2026, 8, 30),
    ("PK602", "PK70101/Lyari"),
    date(2026, 9, 10),
    date(2026, 12, 31),
)
_ENDED = replace(_SHOCK, resurvey_until=ON)
_OVER_GROUPS = replace(
    _SHOCK,
    shock="lockdown-2026",
    hazard=Hazard.LOSS_OF_WORK,
    groups=(Group.DAY_LABOUR, Group.WOMAN_HEADED),
)


def _told(name: str, what: ChangeTold | TermsTold | ShockTold) -> Told:
    return Told(FEED_OF, 1_234, AT, name, ON, what)


EXAMPLES = {
    "agreement_made": _told(AgreementMade.name, _TERMS),
    "agreement_ended": _told(AgreementEnded.name, replace(_TERMS, places=(), score=False, last_day=None)),
    "decided_to_eligible_with_score": _told(Decided.name, _ENTERED),
    "decided_to_ineligible_by_policy": _told(Decided.name, replace(_LEFT, kind=DecisionKind.POLICY)),
    "decided_other_recipients": _told(Decided.name, replace(_STAYED, score=None)),
    "decided_after_a_shock_region_only": _told(Decided.name, replace(_LEFT, place="PK6", kind=DecisionKind.SHOCK)),
    "moved_into_area": _told(Moved.name, replace(_ENTERED, was=Outcome.INELIGIBLE, reason="moved_into_area")),
    "moved_within_area": _told(Moved.name, replace(_STAYED, reason="moved_within_area", place="PK603")),
    "shock_declared": _told(ShockDeclared.name, _SHOCK),
    "shock_declared_for_groups": _told(GroupShockDeclared.name, _OVER_GROUPS),
    "shock_widened": _told(ShockWidened.name, replace(_SHOCK, impact_on=date(2026, 9, 2), places=("PK603",))),
    "shock_lifted": _told(ShockLifted.name, _ENDED),
    "shock_revoked": _told(ShockRevoked.name, _ENDED),
    "moved_out_of_area": _told(Moved.name, replace(_LEFT, reason="moved_out_of_area")),
}


def as_sent(told: Told) -> Row:
    """An example as the row of a feed."""
    return feed_row(told, 42, 4_711, SOURCE, lambda _, __: TOKEN)


def on_file(row: Row) -> dict[str, Any]:
    """A row as its file holds it: the payload as the text that it is."""
    words = in_words(row)
    return {**words, "headers": msgspec.json.decode(words["headers"]), "payload": bytes(words["payload"]).decode()}


def write_missing(folder: Path = FOLDER) -> list[Path]:
    """Write a file for each example that has none; those that are there stay as they are."""
    folder.mkdir(exist_ok=True)
    missing = [name for name in EXAMPLES if not (folder / f"{name}.json").exists()]
    for name in missing:
        (folder / f"{name}.json").write_text(written(on_file(as_sent(EXAMPLES[name]))))
    return [folder / f"{name}.json" for name in missing]
