"""How many processes work side by side is asked, limited and left to the machine in one way by every verb."""

import inspect
import pkgutil
from importlib import import_module
from typing import get_type_hints

from adapters import cli
from adapters.cli.options import Workers
from adapters.team import WORKERS_MAX, workers_default


def workers_asked_for():
    """Of every public function of the command line that takes workers, how it asks for them."""
    for module in pkgutil.iter_modules(cli.__path__, f"{cli.__name__}."):
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            hints = get_type_hints(function, include_extras=True) if function.__module__ == module.name else {}
            if "workers" in hints and not name.startswith("_"):
                yield name, hints["workers"]


def test_every_verb_that_has_workers_asks_for_them_in_the_same_way():
    asked = dict(workers_asked_for())
    assert {"population", "import_survey", "lives", "extract", "rebuild", "nation"} <= asked.keys()
    assert [name for name, option in asked.items() if option != Workers] == []


def test_left_to_the_machine_there_is_a_worker_for_each_core_up_to_the_most_there_may_be(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(3))
    assert workers_default() == 3
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(200))
    assert workers_default() == WORKERS_MAX
