"""A mapping made ready: which columns are read from each file, and how a row becomes a household or a person."""

from collections.abc import Callable
from typing import NamedTuple

from adapters.documents.mapping import Column, HouseholdFile, Mapping, MemberFile
from adapters.faults import Refused
from adapters.submissions.shape import MissedOut, Person, Questionnaire
from adapters.surveys.answers import Build, Gathered, Remembered
from adapters.surveys.batches import Batch, Texts
from adapters.surveys.compile import Compiler
from adapters.surveys.expressions import Unreadable
from adapters.word_faults import shown

NOT_THE_MAPPINGS = frozenset(("submission_id", "source", "source_key", "survey"))
KEY_CHARACTERS_MAX = 200
ANSWER_SHOWN_MAX = 100
"""An answer that leaves a row out is counted by its text, which is the survey's own and often a sentence."""

Key = tuple[str, ...]


class Side(NamedTuple):
    """How one of the two files is read."""

    columns: tuple[str, ...]
    key_columns: tuple[str, ...]
    keys: Callable[[Batch], list[Key]]
    left_out: Callable[[Texts], str] | None
    """Why the mapping leaves a row out, if it does; nothing where it leaves out none."""


class Plan(NamedTuple):
    """Both files, and what is made of their rows."""

    household: Side
    member: Side
    submission: Gathered
    survey: Gathered
    size: Build | None
    person: Build


def make_plan(mapping: Mapping) -> Plan:
    """Make a mapping ready for reading. Raises Refused where it does not fit the questionnaire."""
    if len(mapping.household.key) != len(mapping.member.key):
        raise Refused("household.key and member.key: must name as many columns, in the same order.")
    households, members = Compiler(mapping), Compiler(mapping)
    submission = households.fields(MissedOut, mapping.submission, "submission", skip=NOT_THE_MAPPINGS)
    survey = households.fields(Questionnaire, mapping.survey, "survey", skip=frozenset(("roster",)))
    size = None
    if mapping.household.size is not None:
        size = households.build(int, {"number": mapping.household.size}, "household.size")
    person = members.build(Person, mapping.person, "person")
    return Plan(_side(households, mapping.household), _side(members, mapping.member), submission, survey, size, person)


def _side(compiler: Compiler, file: HouseholdFile | MemberFile) -> Side:
    places = [compiler.place_of(column) for column in file.key]
    kept = [(column, compiler.place_of(column), frozenset(texts)) for column, texts in file.keep.items()]
    return Side(tuple(compiler.columns), file.key, _key_reader(places), _left_out(kept) if kept else None)


def _key_reader(places: list[int]) -> Callable[[Batch], list[Key]]:
    """How the keys of rows are read; rows of one household follow each other, and the same key is one object."""
    known: Remembered = Remembered(lambda picked: tuple(text.strip() for text in picked))

    def read(batch: Batch) -> list[Key]:
        known.clear()  # keys of a batch do not come back in the next
        return [known[picked] for picked in zip(*map(batch.texts, places), strict=True)]

    return read


def _left_out(kept: list[tuple[Column, int, frozenset[str]]]) -> Callable[[Texts], str]:
    def left_out(texts: Texts) -> str:
        for column, place, wanted in kept:
            text = texts[place].strip()
            if text not in wanted:
                return f"{column} is {shown(text, characters_max=ANSWER_SHOWN_MAX)}"
        return ""

    return left_out


def key_text(key: Key) -> str:
    """A key as one text, such as `17/4`; a slash inside a part is written %2F, so that no two keys look alike."""
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in key)


def shortened(key: Key) -> str:
    """A key for messages, cut where nobody would read on."""
    text = key_text(key)
    return text if len(text) <= KEY_CHARACTERS_MAX else text[:KEY_CHARACTERS_MAX] + "..."


def check_key(key: Key) -> None:
    """Raises Unreadable for a key of which a part is empty or longer than anybody can have meant."""
    if "" in key:
        raise Unreadable("the key of the household is empty")
    if len(key_text(key)) > KEY_CHARACTERS_MAX:
        raise Unreadable(f"the key of the household has more than {KEY_CHARACTERS_MAX} characters")
