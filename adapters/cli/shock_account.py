"""Why what a registry counts of shocks differs from what was published, in sentences that its numbers carry."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from adapters.cli.programme import ILLUSTRATION
from adapters.documents.published import COUNTRY, Published, StatedRule
from adapters.shocks.comparing import ComparedRelief, Comparison
from domain.places import Places
from domain.programme import CutOffSet
from domain.questionnaire.codes import Comparison as Within
from domain.shock import ThresholdsSet


class Ground(msgspec.Struct, frozen=True):
    """One reason: what it is about, and a sentence or two."""

    about: str
    sentence: str


class Frozen(msgspec.Struct, frozen=True):
    """Thresholds that were found at one position, and how many households were counted then in all their tehsils."""

    programme: str
    position: int
    tehsils: int
    households: int
    scored: int
    within: int

    @classmethod
    def of(cls, event: ThresholdsSet) -> "Frozen":
        """Count what an event has by tehsil."""
        tehsils = event.thresholds.tehsils
        counts = (sum(getattr(each, name) for each in tehsils) for name in ("households", "scored", "within"))
        return cls(event.thresholds.programme, event.snapshot_position, len(tehsils), *counts)


def account(
    published: Published,
    compared: Comparison,
    cutoffs: Mapping[str, CutOffSet | None],
    frozen: Sequence[Frozen],
    places: Places,
) -> Iterator[Ground]:
    """Give every reason that the numbers carry. `cutoffs` are those in force, by programme."""
    yield Ground("districts", " ".join(_districts(published, compared, places)))
    yield Ground("extent", _extent(compared, places))
    given = [each for each in compared.relief if each.given.region == COUNTRY]
    for relief in given:
        stated = next((rule for rule in published.rules if rule.programme == relief.given.programme), None)
        cutoff = cutoffs.get(relief.given.programme)
        yield Ground("rule", " ".join(_rule(relief, stated, cutoff, compared)))
    yield from (Ground("families", _families(relief)) for relief in given if relief.given.eligible)
    yield Ground("registered", _registered(compared))
    for relief in given:
        mine = [each for each in frozen if each.programme == relief.given.programme]
        yield Ground("snapshot", " ".join(_snapshot(relief, mine)))
    yield Ground("days", _days(published, compared))


def _districts(published: Published, compared: Comparison, places: Places) -> Iterator[str]:
    whole = compared.country.districts
    notified = whole.notified
    if notified is None:
        yield f"Sources name {whole.named} districts; how many were notified is not published."
    else:
        yield f"Sources name {whole.named} of the {notified.value} districts that were notified by {notified.as_of}."
    regions = [each.districts for each in compared.struck[:-1] if each.districts.notified or each.districts.named]
    parts = [
        f"{places.name(each.region)} {each.named} of {each.notified.value if each.notified else 'an unknown number'}"
        for each in regions
    ]
    days = sorted({str(each.notified.as_of) for each in regions if each.notified})
    of_days = f" (as of {', '.join(days)})" if days else ""
    yield f"By region{of_days}: {', '.join(parts)}."
    yield f"The shocks cover {whole.covered} of the {whole.named}."
    if notified is not None and notified.value > whole.covered:
        others = notified.value - whole.covered
        yield f"Whoever was paid in the other {others} is in the published counts and not in ours."
    not_notified = sum(each.status != "notified" for each in published.districts)
    if not_notified:
        yield f"Of the named, {not_notified} stand there by an emergency and not by a notification."
    if compared.places_not_named:
        yield f"Of the places of the shocks, {compared.places_not_named:,} lie in districts that no source names."


def _extent(compared: Comparison, places: Places) -> str:
    country = compared.country
    sentence = (
        "Struck is everybody who lived in a place of the shocks, whether or not the water came to them: "
        f"{country.scaled_people:,} people, scaled."
    )
    if country.affected is None:
        return f"{sentence} How many were affected is not published."
    parts = [
        f"{places.name(each.counted.region)} {each.scaled_people:,} against {each.affected.value:,}"
        for each in compared.struck[:-1]
        if each.affected and each.counted.struck
    ]
    by_region = f" By region: {', '.join(parts)}." if parts else ""
    return f"{sentence} Published as affected are {country.affected.value:,}.{by_region}"


def _rule(
    relief: ComparedRelief, stated: StatedRule | None, cutoff: CutOffSet | None, compared: Comparison
) -> Iterator[str]:
    programme, counted = relief.given.programme, compared.country.counted
    if stated is None:
        yield f"{programme}: no rule is stated for it."
    else:
        yield f"{programme}: stated is {stated.stated} ({stated.source})."
    if cutoff is not None:
        sign = "<=" if cutoff.comparison is Within.AT_OR_UNDER else "<"
        label = f", {ILLUSTRATION}" if cutoff.illustration else ""
        yield f"Here it is score {sign} {cutoff.value} on {cutoff.scorecard_id}{label}."
    if counted.scored:
        yield (
            f"Of {counted.scored:,} struck households with a score {relief.given.eligible:,} are eligible"
            f"{_in_a_hundred(relief.given.eligible, counted.scored)}; {counted.struck - counted.scored:,} of the "
            "struck have no score."
        )
    affected, identified = compared.country.affected, relief.identified
    if affected is not None and identified is not None and identified.value and relief.given.eligible:
        yield (
            f"As published {affected.value / identified.value:.1f} people were affected for each family identified; "
            f"here {counted.people / relief.given.eligible:.1f} people were struck for each eligible household."
        )


def _families(relief: ComparedRelief) -> str:
    given = relief.given
    sentence = (
        f"Published are families, counted here are households: {given.programme} has {given.families:,} recipients, "
        f"each of a family, in {given.eligible:,} households, {given.families / given.eligible:.2f} a household."
    )
    if relief.paid is None or relief.to_paid is None or not relief.paid.value:
        return sentence
    by_family = relief.scaled_families / relief.paid.value
    return (
        f"{sentence} By families the ratio to those paid is {by_family:.2f}, by households {float(relief.to_paid):.2f}."
    )


def _registered(compared: Comparison) -> str:
    counted = compared.country.counted
    return (
        f"One household registered here stands for {float(compared.scale):,.1f}. "
        f"Struck is who was registered by the impact: {counted.struck:,} households; {counted.missed_out:,} more live "
        f"there and were first registered after it. Of the struck, {counted.no_tehsil:,} have no tehsil, only a "
        "district, and so no threshold."
    )


def _snapshot(relief: ComparedRelief, frozen: Sequence[Frozen]) -> Iterator[str]:
    given = relief.given
    if frozen:
        tehsils, households, scored, within = (
            sum(getattr(each, name) for each in frozen) for name in ("tehsils", "households", "scored", "within")
        )
        positions = ", ".join(f"{position:,}" for position in sorted({each.position for each in frozen}))
        yield (
            f"Thresholds of {given.programme} in {tehsils:,} tehsils follow from the standings at {positions} of the "
            f"log and hold: of {households:,} households {scored:,} had a score and {within:,} were "
            f"within{_in_a_hundred(within, scored)}."
        )
    yield f"{given.were_eligible:,} were eligible for {given.programme} since the declaration; {given.eligible:,} are."


def _days(published: Published, compared: Comparison) -> str:
    paid = [each.as_of for each in published.figures if each.measure == "families_paid"]
    counted = compared.country.counted
    here = (
        f"Here eligibility is as it is now; {counted.surveyed:,} of the struck were surveyed in full since the last "
        "impact, the others are judged by what was known before."
    )
    if not paid:
        return here
    return f"Families paid are published as of {len(set(paid))} days from {min(paid)} to {max(paid)}. {here}"


def _in_a_hundred(part: int, whole: int) -> str:
    return f", {100 * part / whole:.1f} in a hundred" if whole else ""
