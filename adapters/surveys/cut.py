"""Where a survey was cut in parts right through a household, so that rows of it stand in two parts.

It would be registered without some of its people. Only parts whose keys overlap are looked into, by eight bytes a key.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import accumulate, chain

import numpy as np
import numpy.typing as npt

from adapters.documents.mapping import Mapping
from adapters.surveys.files import SurveyFile
from adapters.surveys.members import Keys, keys_in, order
from adapters.surveys.parts import SurveyPart
from adapters.surveys.plan import Key, key_text, make_plan

DIGEST_BYTES = 8
"""Two of 35 million keys have one digest with a chance of 1 in 30,000; then the keys themselves are looked at."""

Digests = npt.NDArray[np.uint64]


def overlapping(keys: Iterable[Keys]) -> bool:
    """Whether a key of one part stands between the least and the greatest of another."""
    ranges = sorted((order(one.least), order(one.greatest)) for one in keys if one.least and one.greatest)
    reached = accumulate((greatest for _, greatest in ranges), max)
    return any(least <= before for before, (least, _) in zip(reached, ranges[1:], strict=False))


def digests_of(mapping: Mapping, part: SurveyPart) -> Digests:
    """A digest of every key in either file of a part, each once, sorted."""
    return np.unique(np.fromiter((digest for digest, _ in _digested(mapping, part)), np.uint64))


def in_two_parts(digests: list[Digests]) -> Iterator[int]:
    """The digests that stand in more than one part."""
    together = np.sort(np.concatenate(digests))
    yield from np.unique(together[1:][together[1:] == together[:-1]]).tolist()


def find_key(digest: int, mapping: Mapping, part: SurveyPart) -> Key | None:
    """The key with this digest in a part, if there is one."""
    return next((key for found, key in _digested(mapping, part) if found == digest), None)


def _digested(mapping: Mapping, part: SurveyPart) -> Iterator[tuple[int, Key]]:
    """Every key that can be one; rows without it are refused by themselves."""
    plan = make_plan(mapping)
    files = (part.households, plan.household), (part.members, plan.member)
    for key in chain.from_iterable(keys_in(SurveyFile(path, mapping.delimiter), side) for path, side in files):
        if "" not in key:
            digest = blake2b(key_text(key).encode(), digest_size=DIGEST_BYTES).digest()
            yield int.from_bytes(digest, "big"), key
