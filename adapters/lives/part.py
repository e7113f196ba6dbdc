"""One part of the population lived through: its households, the weddings between them, and who comes in beside them.

Everything follows from the part's first surveys, the seed, the tables and the policies: with any number of workers, and
on any day, the same submissions come out.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from uuid import UUID

from adapters.documents.places import load_places
from adapters.lives.chance import source, times, years_between
from adapters.lives.fates import hazards
from adapters.lives.homes import Home
from adapters.lives.life import Life, World
from adapters.lives.newcomers import newcomer
from adapters.lives.office import Office
from adapters.lives.planning import Elsewhere, plan
from adapters.lives.sending import AFTERWARDS, Happened, Sent, sent, submission_id
from adapters.lives.tables import Tables
from adapters.lives.weddings import wed
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import MissedOut
from domain.places import PlaceLevel
from domain.questionnaire.answers import Place
from domain.refusal import Rejected


def household_of(first: MissedOut, sealer: Sealer) -> UUID:
    """The id that the registry gives a household when it takes its first survey."""
    return sealer.household_id(first.on, first.source, first.source_key or str(first.submission_id))


def live_part(
    firsts: Iterable[MissedOut], seed: int, tables: Tables, office: Office, sealer: Sealer, until: date
) -> tuple[list[Sent], Happened]:
    """All submissions of a part that arrive by a day, in the order in which they do, and what happened in it."""
    surveys, homes = [], []
    for first in firsts:
        with suppress(Rejected):  # as the registry has refused it
            homes.append(_home(first, _key(first), seed, sealer))
            surveys.append(first)
    happened = Happened(homes=len(homes))
    world = World(seed, tables, office, sealer.new_member_id, hazards(homes, tables), happened)
    happened.person_years, happened.household_years = world.hazards.person_years, world.hazards.household_years
    lives = [_life(world, home) for home in homes]
    elsewhere = _elsewhere(homes)
    happened.counts["couples_not_found"] += wed(lives, seed, homes[0].key if homes else b"")
    out: list[Sent] = []
    for life, first in zip(lives, surveys, strict=True):
        plan(life, elsewhere)
        out += life.live()
        out += _missed_out(world, life.home.key, first, sealer, elsewhere)
    last = until.toordinal()
    return sorted(one for one in out if one.arrives <= last), happened


def _elsewhere(homes: list[Home]) -> Elsewhere:
    near: dict[str | None, dict[Place, None]] = {}
    for home in homes:
        near.setdefault(home.place.district, {})[home.place] = None
    tehsils = sorted(code for code, place in load_places().by_code.items() if place.level is PlaceLevel.TEHSIL)
    return Elsewhere({district: tuple(places) for district, places in near.items()}, tehsils)


def _count_years(world: World, home: Home) -> None:
    years = years_between(home.surveyed_on, world.tables.ends)
    world.happened.counts["missed_out"] += 1
    world.happened.household_years += years
    world.happened.person_years += years * len(home.people)


def _key(first: MissedOut) -> bytes:
    return f"{first.source}\n{first.source_key or first.submission_id}".encode()


def _home(first: MissedOut, key: bytes, seed: int, sealer: Sealer) -> Home:
    return Home(household_of(first, sealer), key, first, sealer.new_member_id, source(seed, b"home", key))


def _life(world: World, home: Home) -> Life:
    return Life(world, home, source(world.seed, b"life", home.key))


def _missed_out(world: World, of: bytes, pattern: MissedOut, sealer: Sealer, elsewhere: Elsewhere) -> list[Sent]:
    """Households beside this one that come to the desk for the first time, and their lives from then on."""
    tables, out = world.tables, []
    rng = source(world.seed, b"newcomers", of)
    for number, day in enumerate(times(rng, tables.rates["missed_out"], tables.begins, tables.ends)):
        key = of + b"/%d" % number
        first = newcomer(pattern, submission_id(world.seed, key, 0), day, tables, rng)
        home = _home(first, key, world.seed, sealer)
        life = _life(world, home)
        _count_years(world, home)
        plan(life, elsewhere)
        out += [sent(day, AFTERWARDS, key, 0, first), *life.live()]
    return out
