"""`gharana shock compare`: shocks of this registry beside what was published of them, and why the two differ."""

import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters import codec
from adapters.cli.output import Json, Output, verb
from adapters.cli.shock_account import Frozen, Ground, account
from adapters.cli.shock_survey import known_shock
from adapters.documents.published import COUNTRY, PUBLISHED_FILE, Figure, Published, load_published
from adapters.faults import Refused
from adapters.postgres.moment import moment
from adapters.registry.opening import Registry, open_registry
from adapters.shocks.by_region import count_by_region
from adapters.shocks.comparing import ComparedRelief, ComparedStruck, Comparison, compare
from domain.shock import ShockDeclared, ThresholdsSet
from domain.streams import policy_stream


@verb
def comparison(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="The shocks, counted together.")],
    *,
    published: Annotated[
        Path, typer.Option("--published", metavar="FILE", help="What was published; the floods of 2022 if left out.")
    ] = PUBLISHED_FILE,
    json: Json = False,
) -> None:
    """Hold shocks against what was published: struck and eligible by region, scaled, and why they differ."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        document = load_published(published, registry.places)
        shocks = {name: known_shock(registry, name) for name in names}
        if revoked := [name for name, shock in shocks.items() if shock.revoked_on is not None]:
            raise Refused(f"Relief under {', '.join(revoked)} was reversed: compare shocks that are not revoked.")
        declared_at, frozen = _of_the_log(registry, list(shocks))
        with moment(registry.dsn) as ask:
            counted = count_by_region(ask, list(shocks.values()), declared_at)
        compared = compare(document, counted, list(shocks.values()))
        policies = registry.reader.policies()
        cutoffs = {name: known.find_cutoff(registry.today()) for name, known in policies.programmes.items()}
        grounds = list(account(document, compared, cutoffs, frozen, registry.places))
        if json:
            output.line(_object(list(shocks), document, compared, grounds))
        else:
            _tell(output, registry, document, compared, grounds)


def _of_the_log(registry: Registry, names: Sequence[str]) -> tuple[int, list[Frozen]]:
    """The position of the first declaration, and the thresholds that were found, by programme."""
    positions, found = [], []
    for name in names:
        for entry in registry.log.stream(policy_stream("shock", name)):
            if entry.name == ShockDeclared.name:
                positions.append(entry.position)
            elif entry.name == ThresholdsSet.name:
                found.append(codec.decode(entry.name, entry.state)[1])
    return min(positions), [Frozen.of(event) for event in found if isinstance(event, ThresholdsSet)]


STRUCK_COLUMNS = (
    "region", "districts_notified", "named", "in_the_shocks", "struck", "scaled", "people_struck_scaled",
    "people_affected", "as_of",
)  # fmt: skip
RELIEF_COLUMNS = (
    "region", "eligible", "scaled", "identified", "identified_as_of", "ratio_to_identified", "paid", "paid_as_of",
    "ratio_to_paid",
)  # fmt: skip


def _tell(
    output: Output, registry: Registry, document: Published, compared: Comparison, grounds: Sequence[Ground]
) -> None:
    output.say(
        f"{document.title}. {compared.registered:,} households are registered here, {document.registered:,} as "
        f"published ({document.registered_source}): scaled by {float(compared.scale):,.3f}.",
        "",
    )
    rows = [_struck_row(registry, each) for each in compared.struck]
    output.table(STRUCK_COLUMNS, rows, title="Struck, households here beside people and districts as published")
    for programme in dict.fromkeys(each.given.programme for each in compared.relief):
        relief = [_relief_row(registry, each) for each in compared.relief if each.given.programme == programme]
        output.say("")
        output.table(RELIEF_COLUMNS, relief, title=f"{programme}, households here beside families as published")
    output.say("", "Why they differ:")
    for ground in grounds:
        output.say(f"- {ground.sentence}")


def _struck_row(registry: Registry, each: ComparedStruck) -> tuple[object, ...]:
    districts = each.districts
    return (
        _named(registry, districts.region),
        districts.notified and districts.notified.value,
        districts.named,
        districts.covered,
        each.counted.struck,
        each.scaled,
        each.scaled_people,
        each.affected and each.affected.value,
        _as_of(each.affected),
    )


def _relief_row(registry: Registry, each: ComparedRelief) -> tuple[object, ...]:
    identified, paid = each.identified, each.paid
    return (
        _named(registry, each.given.region),
        each.given.eligible,
        each.scaled,
        identified and identified.value,
        _as_of(identified),
        _rounded(each.to_identified),
        paid and paid.value,
        _as_of(paid),
        _rounded(each.to_paid),
    )


def _as_of(figure: Figure | None) -> str | None:
    if figure is None:
        return None
    return str(figure.as_of) if figure.basis == "source" else f"{figure.as_of}, {figure.basis}"


def _named(registry: Registry, region: str) -> str:
    return "all" if region == COUNTRY else registry.places.name(region)


def _rounded(ratio: Fraction | None) -> float | None:
    return None if ratio is None else round(float(ratio), 4)


def _object(
    names: Sequence[str], document: Published, compared: Comparison, grounds: Sequence[Ground]
) -> dict[str, Any]:
    return {
        "shocks": list(names),
        "title": document.title,
        "registered": compared.registered,
        "registered_published": document.registered,
        "scale": _rounded(compared.scale),
        "struck": [_struck_object(each) for each in compared.struck],
        "relief": [_relief_object(each) for each in compared.relief],
        "figures": [_fields(each) for each in document.figures],
        "rules": [_fields(each) for each in document.rules],
        "account": [_fields(each) for each in grounds],
    }


def _struck_object(each: ComparedStruck) -> dict[str, Any]:
    districts = each.districts
    return {
        **_fields(each.counted),
        "scaled": each.scaled,
        "scaled_people": each.scaled_people,
        "districts_named": districts.named,
        "districts_covered": districts.covered,
        "districts_notified": districts.notified and _fields(districts.notified),
        "affected_people": each.affected and _fields(each.affected),
    }


def _relief_object(each: ComparedRelief) -> dict[str, Any]:
    return {
        **_fields(each.given),
        "scaled": each.scaled,
        "scaled_families": each.scaled_families,
        "identified": each.identified and _fields(each.identified),
        "paid": each.paid and _fields(each.paid),
        "ratio_to_identified": _rounded(each.to_identified),
        "ratio_to_paid": _rounded(each.to_paid),
    }


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__struct_fields__}
