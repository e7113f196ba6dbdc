"""The names that a card may read, for `docs/scorecard-format.md`, made from the questionnaire's own tables."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

import msgspec

from adapters.pages.markdown import table
from domain.questionnaire.answers import Answers, Dwelling, Member
from domain.questionnaire.vocabulary import HOUSEHOLD_WORDS, MEMBER_WORDS
from domain.scorecard.reader import Source

_FREE_TEXTS: Final = {"district": "the P-code of the district, such as PK602"}
_COUNTS: Final = ("household_size", "number_of_")
_YES_NO: Final = ("owns_", "disabled", "chronically_ill")


def vocabulary_page() -> str:
    """Every name, of a household and of a member, and what it can be."""
    rows = [*_rows("household", HOUSEHOLD_WORDS), *_rows("member", MEMBER_WORDS)]
    return "\n".join((*table(("name", "of", "what it is"), rows), ""))


def _rows(of: str, names: Mapping[str, Source]) -> Iterator[tuple[str, str, str]]:
    for name, source in names.items():
        yield f"`{name}`", of, _FREE_TEXTS.get(name) or _of_words(source) or _of_fields(name)


def _of_words(source: Source) -> str:
    """What stands in a table of words: yes or no, or the words themselves, as a card writes them."""
    words = [word for word in dict.fromkeys((source.words or {}).values()) if word is not None]
    if all(isinstance(word, bool) for word in words):
        return "yes or no" if words else ""
    return ", ".join(f"`{word}`" for word in words)


def _of_fields(name: str) -> str:
    """What the questionnaire's own field of this name is; names that are derived from one say it themselves."""
    kinds = _field_kinds().get(name, ())
    if bool in kinds or (not kinds and name.startswith(_YES_NO)):
        return "yes or no"
    assert int in kinds or name.startswith(_COUNTS), f"{name} has no kind to be shown"
    return "a whole number"


def _field_kinds() -> dict[str, tuple[Any, ...]]:
    """The types of the questionnaire's fields, by name."""
    return {
        field.name: get_args(field.type) or (field.type,)
        for kind in (Dwelling, Answers, Member)
        for field in msgspec.structs.fields(kind)
    }
