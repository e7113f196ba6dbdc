"""How many processes work side by side is asked, limited and left to the machine in one way by every verb."""

from typing import get_type_hints

from adapters.cli.main import app
from adapters.cli.options import Workers
from adapters.team import WORKERS_MAX, workers_default


def verbs_of(group):
    """Every verb's function, those of groups included."""
    for command in group.registered_commands:
        yield command.callback
    for below in group.registered_groups:
        yield from verbs_of(below.typer_instance)


def test_every_verb_that_has_workers_asks_for_them_in_the_same_way():
    asked = {verb: get_type_hints(verb, include_extras=True).get("workers") for verb in verbs_of(app)}
    having = {verb.__name__ for verb, option in asked.items() if option is not None}
    assert {"population", "import_survey", "lives", "extract", "rebuild", "nation"} <= having
    assert [verb.__name__ for verb, option in asked.items() if option not in (None, Workers)] == []


def test_left_to_the_machine_there_is_a_worker_for_each_core_up_to_the_most_there_may_be(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(3))
    assert workers_default() == 3
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(200))
    assert workers_default() == WORKERS_MAX
