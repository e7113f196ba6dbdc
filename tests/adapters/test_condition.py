"""An outage is told once when it begins, and once when it is over."""

from adapters.supervision.condition import Condition, State


def told_after(*steps):
    """What was told after these steps, one every ten seconds."""
    told, seconds = [], iter(range(0, 1_000, 10))
    now = [0]
    condition = Condition(lambda state, sentence: told.append((state, sentence)), lambda: now[0])
    for step in steps:
        now[0] = next(seconds)
        step(condition)
    return told


def works(condition):
    condition.works()


def stands_by(condition):
    condition.stands_by()


def waits(condition):
    condition.waits("Postgres does not answer.")


def test_working_on_is_told_once():
    assert told_after(works, works, works) == [(State.WORKING, "Works.")]


def test_an_outage_is_told_once_however_often_it_is_tried():
    assert told_after(works, waits, waits, waits)[1:] == [(State.WAITING, "Postgres does not answer.")]


def test_the_end_of_an_outage_is_told_with_how_long_it_was():
    assert told_after(waits, waits, works)[-1] == (State.WORKING, "Works again after 20 s.")


def test_the_next_outage_is_told_again():
    assert [state for state, _ in told_after(waits, works, waits)] == [State.WAITING, State.WORKING, State.WAITING]


def test_taking_over_is_no_end_of_an_outage():
    assert told_after(stands_by, stands_by, works)[-1] == (State.WORKING, "Works.")
