"""Many processes at one door: the parts of a survey side by side, each as it would be alone.

They meet in the database only: whoever claims a number first has it, and positions are given out under the log's lock.
"""

import time

from adapters.faults import Refused
from adapters.registry.import_worker import Assignment, Check, Checked, FindHousehold, FindStrays, Found, Take
from adapters.registry.importing import Imported, Rejects, Report
from adapters.surveys.cut import overlapping
from adapters.surveys.members import Keys
from adapters.surveys.parts import SurveyPart
from adapters.surveys.plan import Key, key_text
from adapters.team import Trade, Worker, answers, team

_TRADE = Trade(
    "adapters.registry.import_worker", "the import", "What was registered stays so; run the same import again."
)


def import_parts(
    assignment: Assignment, parts: list[SurveyPart], rejects: Rejects, workers: int, report: Report = lambda _: None
) -> Imported:
    """Bring all parts of a survey to the door. Every file is checked before anything of any is registered.

    Raises Refused where a file is damaged, WorldFailed where a process is lost; what was registered stays so.
    """
    started = time.monotonic()
    done = Imported()
    of_part = [rejects.path.with_name(f".{rejects.path.name}.{number:05}") for number in range(len(parts))]
    for path in of_part:
        path.unlink(missing_ok=True)  # of an import that was killed before it could put them together
    with team(_TRADE, assignment, min(workers, len(parts))) as hands:
        keys = _check(hands, parts)
        tasks = [Take(part, keys[number], of_part[number]) for number, part in enumerate(parts)]
        try:
            for said in answers(hands, iter(tasks)):
                if isinstance(said, Imported):
                    done.add(said)
                else:
                    report(said)
        finally:
            for path in of_part:
                rejects.take_in(path)
            rejects.close()
    done.seconds = round(time.monotonic() - started, 3)
    return done


def _check(hands: list[Worker], parts: list[SurveyPart]) -> dict[int, Keys]:
    checks = (Check(number, part) for number, part in enumerate(parts))
    checked = [said for said in answers(hands, checks) if isinstance(said, Checked)]
    keys = {one.number: one.keys for one in checked}
    if overlapping(keys.values()):
        _refuse_cut_households(hands, parts)
    return keys


def _refuse_cut_households(hands: list[Worker], parts: list[SurveyPart]) -> None:
    """Raise Refused where people stand in one part and their household in another."""
    strays: set[Key] = set().union(*answers(hands, map(FindStrays, parts)))
    if not strays:
        return
    for said in answers(hands, (FindHousehold(part, strays) for part in parts)):
        assert isinstance(said, Found)
        if said.key is not None:
            raise Refused(
                f"{said.part.households}: people of the household with the key {key_text(said.key)} stand in another "
                "part: sort the survey by the key of the household and then cut it, so that all of them are in one."
            )
