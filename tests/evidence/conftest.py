import pytest

from tests.evidence.damaging import Evidence
from tests.evidence.javascript import find_node
from tests.evidence.made import World


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> World:
    """A small history with its seals; tests read it only."""
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def evidence(world) -> Evidence:
    return Evidence(world)


@pytest.fixture(scope="session")
def node() -> str:
    """The program Node.js, which the second verifier needs."""
    found = find_node()
    if found is None:
        pytest.skip("Node.js 20 or newer is not installed, so the second verifier cannot be run")
    return found
