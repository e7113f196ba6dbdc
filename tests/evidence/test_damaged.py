"""Every kind of damage is refused by both verifiers, which name the line that is wrong and why."""

from collections import defaultdict

import pytest

from adapters.evidence.lines import LineRefused
from tests.evidence.damage import DAMAGE
from tests.evidence.javascript import verify_all


@pytest.fixture(scope="module")
def damaged(evidence):
    """A file of each kind."""
    return {kind: kind(evidence) for kind in DAMAGE}


@pytest.fixture(scope="module")
def said_in_javascript(damaged, node, tmp_path_factory):
    """What the second verifier says of each kind; a run for each policy."""
    by_policy = defaultdict(list)
    for kind, one in damaged.items():
        by_policy[one.policy].append(kind)
    said = {}
    for policy, kinds in by_policy.items():
        contents = [damaged[kind].content for kind in kinds]
        said |= dict(zip(kinds, verify_all(contents, policy, tmp_path_factory.mktemp("damaged")), strict=True))
    return said


def test_there_are_more_than_thirteen_kinds_and_each_is_another_file(evidence, damaged):
    cases = {(one.content, one.policy) for one in damaged.values()}
    assert len(cases) == len(DAMAGE) > 13
    assert (evidence.intact, evidence.world.policy) not in cases


@pytest.mark.parametrize("kind", DAMAGE, ids=lambda kind: kind.__name__)
def test_damage_is_refused_by_its_line(evidence, damaged, kind):
    content, line, word, policy = damaged[kind]
    with pytest.raises(LineRefused) as refused:
        evidence.world.check(content, policy)
    assert word in str(refused.value)
    assert refused.value.number == line
    assert str(refused.value).startswith(f"Line {line}: ")


@pytest.mark.parametrize("kind", DAMAGE, ids=lambda kind: kind.__name__)
def test_damage_is_refused_by_its_line_in_javascript(damaged, said_in_javascript, kind):
    said = said_in_javascript[kind]
    assert said["verified"] is False
    assert damaged[kind].word in said["why"]
    assert said["line"] == damaged[kind].line
