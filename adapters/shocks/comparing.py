"""Holds what a registry counts of shocks against what was published of them, region by region."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import msgspec

from adapters.documents.published import COUNTRY, Figure, Published
from adapters.faults import Refused
from adapters.shocks.by_region import Counted, ReliefIn, StruckIn
from domain.shock import Shock


class Districts(msgspec.Struct, frozen=True):
    """Districts of one region: declared calamity-hit as published, named by a source, and whole in the shocks."""

    region: str
    named: int
    covered: int
    notified: Figure | None


class ComparedRelief(msgspec.Struct, frozen=True):
    """A relief programme in one region, or COUNTRY, beside the latest figures of it; `scaled` is to the nation."""

    given: ReliefIn
    scaled: int
    scaled_families: int
    identified: Figure | None
    paid: Figure | None

    @property
    def to_identified(self) -> Fraction | None:
        """Scaled eligible households for each family identified."""
        return _ratio(self.scaled, self.identified)

    @property
    def to_paid(self) -> Fraction | None:
        """Scaled eligible households for each family paid."""
        return _ratio(self.scaled, self.paid)


class ComparedStruck(msgspec.Struct, frozen=True):
    """The struck of one region, or COUNTRY, beside the latest figure of people affected; `scaled` is to the nation."""

    counted: StruckIn
    districts: Districts
    scaled: int
    scaled_people: int
    affected: Figure | None


class Comparison(msgspec.Struct, frozen=True):
    """A registry beside what was published: regions in the order of their codes, and COUNTRY last."""

    registered: int
    scale: Fraction
    struck: tuple[ComparedStruck, ...]
    relief: tuple[ComparedRelief, ...]
    places_not_named: int

    @property
    def country(self) -> ComparedStruck:
        """All regions together."""
        return self.struck[-1]

    def country_of(self, programme: str) -> ComparedRelief:
        """A relief programme in all regions together."""
        return next(each for each in self.relief if each.given.programme == programme and each.given.region == COUNTRY)


def compare(published: Published, counted: Counted, shocks: Sequence[Shock]) -> Comparison:
    """Hold the counts against the figures. Raises Refused where nobody is registered.

    A sample is scaled as a whole: published households for each one registered here. Regions that only one side
    knows are compared too.
    """
    if not counted.registered:
        raise Refused("No household is registered here, so there is nothing to compare: import some first.")
    scale = Fraction(published.registered, counted.registered)
    regions = sorted(
        {each.region for each in counted.struck}
        | {each.region for each in published.figures if each.region != COUNTRY}
        | {each.place[:3] for each in published.districts}
    )
    named = {each.place for each in published.districts}
    places = [code for shock in shocks for code in shock.places]
    return Comparison(
        counted.registered,
        scale,
        tuple(_struck(published, counted, shocks, region, scale) for region in [*regions, COUNTRY]),
        tuple(_relief(published, counted, regions, scale)),
        sum(code[:5] not in named for code in places),
    )


def _struck(
    published: Published, counted: Counted, shocks: Sequence[Shock], region: str, scale: Fraction
) -> ComparedStruck:
    mine = [each for each in counted.struck if region in (each.region, COUNTRY)]
    fields = StruckIn.__struct_fields__[1:]
    whole = StruckIn(region, *(sum(getattr(each, field) for each in mine) for field in fields))
    named = [each.place for each in published.districts if each.place.startswith(region)]
    covered = [code for code in named if any(part.covers(code) for shock in shocks for part in shock.notified)]
    districts = Districts(region, len(named), len(covered), published.latest("districts_notified", region))
    affected = published.latest("affected_people", region)
    return ComparedStruck(whole, districts, round(whole.struck * scale), round(whole.people * scale), affected)


def _relief(published: Published, counted: Counted, regions: list[str], scale: Fraction) -> Iterator[ComparedRelief]:
    fields = ReliefIn.__struct_fields__[2:]
    for programme in dict.fromkeys(each.programme for each in counted.relief):
        for region in [*regions, COUNTRY]:
            mine = [each for each in counted.relief if each.programme == programme and region in (each.region, COUNTRY)]
            given = ReliefIn(programme, region, *(sum(getattr(each, field) for each in mine) for field in fields))
            identified, paid = (published.latest(of, region) for of in ("families_identified", "families_paid"))
            yield ComparedRelief(given, round(given.eligible * scale), round(given.families * scale), identified, paid)


def _ratio(ours: int, figure: Figure | None) -> Fraction | None:
    return Fraction(ours, figure.value) if figure is not None and figure.value else None
