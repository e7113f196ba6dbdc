"""Where a survey was cut in parts right through a household, so that some of its people stand in another part.

It would be registered as a smaller household. Only parts whose keys overlap are looked into.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate, islice

from adapters.documents.mapping import Mapping
from adapters.surveys.files import SurveyFile
from adapters.surveys.members import Keys, keys_in, order
from adapters.surveys.parts import SurveyPart
from adapters.surveys.plan import Key, make_plan

STRAY_KEYS_MAX = 1_000
"""Keys of people without a household that are looked for in other parts; a wrong cut shows in the first ones."""


def overlapping(keys: Iterable[Keys]) -> bool:
    """Whether a key of one part stands between the least and the greatest of another."""
    ranges = sorted((order(one.least), order(one.greatest)) for one in keys if one.least and one.greatest)
    reached = accumulate((greatest for _, greatest in ranges), max)
    return any(least <= before for before, (least, _) in zip(reached, ranges[1:], strict=False))


def keys_of_strays(mapping: Mapping, part: SurveyPart) -> set[Key]:
    """Keys under which people stand in this part and no household does, at most STRAY_KEYS_MAX of them."""
    plan = make_plan(mapping)
    ours = set(keys_in(SurveyFile(part.households, mapping.delimiter), plan.household))
    theirs = keys_in(SurveyFile(part.members, mapping.delimiter), plan.member)
    return set(islice((key for key in theirs if key not in ours), STRAY_KEYS_MAX))


def households_among(keys: set[Key], mapping: Mapping, part: SurveyPart) -> Iterator[Key]:
    """Those of the keys under which a household stands in this part."""
    file = SurveyFile(part.households, mapping.delimiter)
    return (key for key in keys_in(file, make_plan(mapping).household) if key in keys)
