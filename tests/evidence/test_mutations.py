"""Single bytes changed anywhere: no verifier ever says yes to another meaning, and both say the same."""

import random
from typing import Any

from adapters.evidence.deriving import derive
from adapters.seals.not_proved import NotProved
from tests.evidence.damaging import Evidence
from tests.evidence.javascript import verify_all

SEED = 20261129
MUTATIONS = 300


def mutated(content: bytes, draw: random.Random) -> bytes:
    """One byte changed, put in or taken out: in the first two lines, at the beginning of any line, or anywhere."""
    lines = content.splitlines(keepends=True)
    line = draw.choice((lines[0], lines[1], draw.choice(lines), draw.choice(lines), content))
    at = content.index(line) + draw.randrange(len(line) if line is content else min(len(line), 400))
    letter = bytes([draw.choice(b'0123456789abcdef{}[]",:\\ \nAB=+/') if draw.random() < 0.7 else draw.randrange(256)])
    before, after = content[:at], content[at:]
    return draw.choice((before + letter + after[1:], before + letter + after, before + after[1:]))


def facts(evidence: Evidence, content: bytes) -> tuple[Any, ...] | None:
    """What evidence proves, beside who signed it; nothing where it is refused."""
    try:
        verified = evidence.world.check(content)
        account = derive(verified)
    except NotProved:
        return None
    return verified.household, verified.checkpoint, verified.heads, verified.entries, account


def test_whatever_byte_is_changed_nobody_says_yes_to_another_meaning(evidence, node, tmp_path):
    draw = random.Random(SEED)
    contents = list(dict.fromkeys(mutated(evidence.intact, draw) for _ in range(MUTATIONS)))
    contents = [content for content in contents if content != evidence.intact]
    intact = facts(evidence, evidence.intact)
    found = [facts(evidence, content) for content in contents]
    assert all(one in (None, intact) for one in found)
    assert 0 < found.count(intact) < len(found) / 5, (
        "the time of making may differ, and the line of one witness of three"
    )
    said = verify_all(contents, evidence.world.policy, tmp_path)
    for content, known, one in zip(contents, found, said, strict=True):
        assert one["verified"] == (known is not None), (SEED, one, content[:1_000])
