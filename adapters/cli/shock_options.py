"""What `shock` verbs are asked: places by option or file, and the whole of a declaration, the same to preview it."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from msgspec.structs import replace

from adapters.cli.options import a_date, a_word
from adapters.cli.output import Output
from adapters.postgres.moment import Ask
from adapters.registry.opening import Registry
from adapters.shocks.places_file import read_places
from adapters.shocks.settling import await_settled
from adapters.shocks.thresholds import find_thresholds, settled_position
from domain.questionnaire.codes import Group, Hazard
from domain.shock import Notified, ShockProposed
from domain.shock_rules import ApproveShock, DeclareShock, WidenShock

RESURVEY_DAYS_DEFAULT = 365
"""How long resurveys are taken when nothing is said: those after the 2022 floods ran well into 2023 (annual report)."""
FROM_DEFAULT = "the day it struck if left out"
UNTIL_DEFAULT = f"{RESURVEY_DAYS_DEFAULT} days after the first if left out"

Name = Annotated[str, typer.Argument(help="The shock's name, such as flood-2022.")]
PlaceCodes = Annotated[
    list[str] | None,
    typer.Option(
        "--place", metavar="CODE", help="A P-code of a region, district or tehsil, or TEHSIL/union council; repeat it."
    ),
]
PlacesFile = Annotated[
    Path | None,
    typer.Option("--places", metavar="FILE", help="A file of such codes, one a line, or a CSV with a column code."),
]
GroupWords = Annotated[
    list[str] | None,
    typer.Option(
        "--group",
        metavar="GROUP",
        help=f"Only who belonged to it at the impact; repeat it for more: {', '.join(group.word for group in Group)}. "
        "Without places, everywhere.",
    ),
]
Impact = Annotated[date, typer.Option("--impact", parser=a_date, metavar="DAY", help="The day it struck.")]
HazardWord = Annotated[str, typer.Option("--hazard", help=", ".join(hazard.word for hazard in Hazard))]
ResurveyFrom = Annotated[
    date | None,
    typer.Option("--resurvey-from", parser=a_date, metavar="DAY", help=f"First day of resurveys; {FROM_DEFAULT}."),
]
ResurveyUntil = Annotated[
    date | None,
    typer.Option("--resurvey-until", parser=a_date, metavar="DAY", help=f"Last day of resurveys; {UNTIL_DEFAULT}."),
]
ReliefNames = Annotated[
    list[str] | None, typer.Option("--relief", metavar="PROGRAMME", help="A relief programme; repeat it.")
]
Authority = Annotated[str, typer.Option("--authority", help="Who declares it.")]
Notification = Annotated[str, typer.Option("--notification", help="Number or date of the notification.")]


def places_of(registry: Registry, codes: Iterable[str] | None, file: Path | None) -> tuple[str, ...]:
    """The places that were named, by option and in a file, each once. Raises Refused."""
    of_file = () if file is None else read_places(file, registry.places)
    return tuple(dict.fromkeys((*(codes or ()), *of_file)))


def _groups_of(words: Iterable[str] | None) -> tuple[Group, ...]:
    return tuple(sorted({Group(a_word(Group, word)) for word in words or ()}))


def in_words(groups: Iterable[Group]) -> str:
    """Groups as they are named to people: one of them is enough."""
    return " or ".join(group.word.replace("_", " ") for group in groups)


def declaration(registry: Registry, name: str, asked: Mapping[str, Any]) -> DeclareShock:
    """Make a command of the options that `declare` and `preview` share. Raises Refused, Rejected."""
    begins = asked["resurvey_from"] or asked["impact"]
    places, groups = places_of(registry, asked["places"], asked["places_file"]), _groups_of(asked["groups"])
    everywhere = tuple(region.code for region in registry.places.children(None))
    command = DeclareShock(
        shock=name,
        hazard=Hazard(a_word(Hazard, asked["hazard"])),
        on=registry.today(),
        impact_on=asked["impact"],
        places=places or (everywhere if groups else ()),
        resurvey_from=begins,
        resurvey_until=asked["resurvey_until"] or last_day_of_resurveys(begins),
        authority=asked["authority"],
        households=0,  # counted when it is declared, of the answers of one moment
        notification=asked["notification"],
        relief_programmes=tuple(dict.fromkeys(asked["relief"] or ())),
        groups=groups,
    )
    registry.desk.check_names(command)
    return command


def last_day_of_resurveys(first: date) -> date:
    """The last day of resurveys where nothing is said of it; the calendar's last one where it ends before."""
    return first + min(timedelta(days=RESURVEY_DAYS_DEFAULT), date.max - first)


def await_thresholds(registry: Registry, output: Output, relief: Iterable[str]) -> None:
    """Give `run` time to catch up where thresholds will have to be found for one of these relief programmes."""
    if registry.reader.policies().find_shares(registry.today()).keys() & set(relief):
        await_settled(registry.dsn, registry.log, output.warn)


CommandT = TypeVar("CommandT", DeclareShock, ApproveShock, WidenShock)


def with_thresholds(
    registry: Registry, ask: Ask, command: CommandT, notified: Notified, relief: Iterable[str]
) -> CommandT:
    """The same with thresholds for those relief programmes that are given to a poorest share. Raises Refused."""
    policies = registry.reader.policies()
    shares = {name: share for name, share in policies.find_shares(command.on).items() if name in relief}
    if not shares or not notified.places:
        return command
    position = settled_position(ask, registry.log)
    card = policies.find_current_card(command.on)
    thresholds = find_thresholds(ask, (notified,), card, shares)
    return replace(command, thresholds=thresholds, snapshot_position=position)


def notified_by(command: DeclareShock | ShockProposed) -> Notified:
    """What a command or a proposal notifies."""
    return Notified(command.impact_on, command.places, command.groups)
