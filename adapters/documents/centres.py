"""Reads files of centres: which desk or van surveys which tehsil, in how many teams."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.documents.toml_file import read_toml
from adapters.faults import Refused
from adapters.home import DATA
from domain.places import PlaceLevel, Places

CENTRES_FILE = DATA / "centres" / "centres.toml"
TEAMS_MAX = 100
SENTENCES_MAX = 20
DESK = "desk-"
"""A place that no centre of the file serves has a desk of its own: this, and its code."""

_CODE = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class CentreShape(BaseModel):
    """One centre as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: Annotated[str, Field(pattern=_CODE, max_length=60)]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Literal["desk", "van"]
    tehsils: Annotated[list[str], Field(min_length=1)]
    teams: Annotated[int, Field(ge=1, le=TEAMS_MAX)] = 1


class CentresShape(BaseModel):
    """A file of centres as it is written."""

    model_config = ConfigDict(extra="forbid", strict=True)
    format: Literal["centres/1"]
    illustration: bool = False
    centre: list[CentreShape] = []


class Centre(msgspec.Struct, frozen=True):
    """A desk or van with the tehsils it serves and the teams that share its lists."""

    code: str
    title: str
    kind: str
    tehsils: tuple[str, ...]
    teams: int = 1


class Centres(msgspec.Struct, frozen=True):
    """The centres of a file; every other place has a desk of its own."""

    stated: tuple[Centre, ...]
    is_illustration: bool

    def of(self, place: str) -> str:
        """The code of the centre that serves a tehsil, or a district of which no tehsil is known."""
        return next((each.code for each in self.stated if place in each.tehsils), f"{DESK}{place}")

    def get(self, code: str, places: Places) -> Centre:
        """The centre of this code. Raises Refused."""
        for centre in self.stated:
            if centre.code == code:
                return centre
        place = code.removeprefix(DESK)
        known = places.by_code.get(place) if code != place else None
        if known is None or known.level is PlaceLevel.REGION:
            stated = ", ".join(each.code for each in self.stated) or "none"
            raise Refused(
                f"No centre is known as {code[:60]!r}: the file has {stated}; any other tehsil has a desk, such as "
                f"{DESK}PK60201."
            )
        if (server := self.of(place)) != code:
            raise Refused(f"{known} has no desk of its own: it is served by {server}.")
        return Centre(code, f"Desk of {known.name}", "desk", (place,))

    def vans(self) -> tuple[Centre, ...]:
        """The vans. Raises Refused where the file has none."""
        vans = tuple(each for each in self.stated if each.kind == "van")
        if not vans:
            raise Refused("The file of centres has no vans: leave --van out, or name another file with --centres.")
        return vans


def load_centres(path: Path, places: Places) -> Centres:
    """Read a file of centres. Raises Refused with a sentence for every fault."""
    try:
        shape = CentresShape.model_validate(read_toml(path))
    except ValidationError as failure:
        faults = failure.errors(include_url=False, include_input=False)
        sentences = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}." for fault in faults]
        raise _refused(path, sentences) from None
    if sentences := list(_contradictions(shape, places)):
        raise _refused(path, sentences)
    stated = tuple(Centre(each.code, each.title, each.kind, tuple(each.tehsils), each.teams) for each in shape.centre)
    return Centres(stated, shape.illustration)


def _contradictions(shape: CentresShape, places: Places) -> Iterator[str]:
    for code, number in Counter(each.code for each in shape.centre).items():
        if number > 1:
            yield f"{number} centres have the code {code}: give each its own."
    served: dict[str, str] = {}
    for centre in shape.centre:
        for tehsil in centre.tehsils:
            known = places.by_code.get(tehsil)
            if known is None or known.level is not PlaceLevel.TEHSIL:
                yield f"{centre.code}: {tehsil[:60]!r} is not the code of a tehsil: write one such as PK60201."
            elif tehsil in served:
                yield f"{known} is served twice, by {served[tehsil]} and by {centre.code}: leave it to one of them."
            served.setdefault(tehsil, centre.code)


def _refused(path: Path, sentences: list[str]) -> Refused:
    return Refused("\n".join(f"{path}: {sentence}" for sentence in sentences[:SENTENCES_MAX]))
