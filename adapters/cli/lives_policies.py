"""The policies that lives need: a scorecard, Kafaalat, the floods of 2022 declared and lifted; made where absent."""

from datetime import date, timedelta

from adapters.documents.programme import find_programme_file, load_programme
from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.faults import Refused
from adapters.lives.office import KAFAALAT
from adapters.lives.tables import Flooded, Tables
from adapters.registry.opening import Registry
from adapters.registry.programme_file import open_programme
from domain.questionnaire.codes import Hazard
from domain.shock_rules import ApproveShock, DeclareShock, LiftShock
from projections.households import HOUSEHOLDS

CARD = "pakistan_schreiner_2009"
AUTHORITY = "provincial and regional governments"


def stand_ready(registry: Registry, tables: Tables, by: str) -> list[str]:
    """Make what is not there; says in a sentence each what was made. Raises Refused where Kafaalat has no cut-off."""
    made = [*_card_and_programme(registry, tables.calendar["roll_out"].first_day, by)]
    made += [sentence for name in _shocks(tables) for sentence in _flood(registry, tables, name, by)]
    programme = registry.reader.policies().programmes[KAFAALAT]
    if programme.find_cutoff(tables.begins) is None:
        raise Refused(
            f"{KAFAALAT} has no cut-off in force on {tables.begins}, when updates begin to be taken: set one "
            f"(`programme cutoff {KAFAALAT} ... --from {tables.calendar['roll_out'].first_day}`)."
        )
    return made


def _card_and_programme(registry: Registry, on: date, by: str) -> list[str]:
    known = registry.reader.policies()
    if KAFAALAT in known.programmes:
        return []
    made = []
    if known.find_card(CARD) is None:
        registry.desk.adopt(adoption(adoptable(CARD), on), by)
        made.append(f"Scorecard {CARD} is adopted from {on}.")
    open_programme(registry, load_programme(find_programme_file(KAFAALAT)), on, by)
    return [*made, f"{KAFAALAT} is open from {on}, with its illustrative cut-off."]


def _shocks(tables: Tables) -> list[str]:
    return sorted({each.shock for each in tables.flooded})


def _flood(registry: Registry, tables: Tables, name: str, by: str) -> list[str]:
    if name in registry.reader.policies().shocks:
        return []
    districts = [each for each in tables.flooded if each.shock == name]
    window = tables.calendar["flood_resurveys"]
    lifted = window.last_day + timedelta(days=1)
    at_most = registry.tables.count(HOUSEHOLDS)
    declaration = _declaration(name, districts, (window.first_day, window.last_day), at_most)
    registry.desk.shock(declaration, by)
    if name in registry.reader.policies().proposed:
        registry.desk.shock(ApproveShock(name, declaration.on, AUTHORITY), AUTHORITY)
    registry.desk.shock(LiftShock(name, lifted, AUTHORITY), by)
    return [f"{name} is declared over the {len(districts)} districts that are named, and lifted from {lifted}."]


def _declaration(name: str, districts: list[Flooded], window: tuple[date, date], at_most: int) -> DeclareShock:
    """One shock a region: it struck by the first notification and was declared with the last."""
    return DeclareShock(
        shock=name,
        hazard=Hazard.FLOOD,
        on=max(each.declared_on for each in districts),
        impact_on=min(each.declared_on for each in districts),
        places=tuple(sorted(each.place for each in districts)),
        resurvey_from=window[0],
        resurvey_until=window[1],
        authority=AUTHORITY,
        households=at_most,
        notification="; ".join(sorted({each.source for each in districts})),
    )
