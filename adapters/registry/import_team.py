"""Many processes at one door: the parts of a survey side by side, each as it would be alone.

They meet in the database only: whoever claims a number first has it, and positions are given out under the log's lock.
"""

import os
import time

from adapters.documents.mapping import Mapping
from adapters.registry.import_worker import Check, Checked, Take
from adapters.registry.importing import Imported, Rejects, Report
from adapters.surveys.parts import SurveyPart
from adapters.team import Trade, Worker, answers, team

WORKERS_MAX = 16
"""Beyond this many the log's lock is held by somebody all the time."""

_TRADE = Trade("adapters.registry.import_worker", "import", "What was registered stays so; run the same import again.")


def workers_default() -> int:
    """A process for each core that we may use."""
    return min(WORKERS_MAX, len(os.sched_getaffinity(0)))


def import_parts(
    mapping: Mapping, parts: list[SurveyPart], rejects: Rejects, workers: int, report: Report = lambda _: None
) -> Imported:
    """Bring all parts of a survey to the door. Every file is checked before anything of any is registered.

    Raises Refused where a file is damaged, WorldFailed where a process is lost; what was registered stays so.
    """
    started = time.monotonic()
    done = Imported()
    of_part = [rejects.path.with_name(f".{rejects.path.name}.{number:05}") for number in range(len(parts))]
    with team(_TRADE, mapping, min(workers, len(parts))) as hands:
        is_sorted = _check(hands, parts)
        tasks = [Take(part, is_sorted[number], of_part[number]) for number, part in enumerate(parts)]
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


def _check(hands: list[Worker], parts: list[SurveyPart]) -> dict[int, bool]:
    checks = (Check(number, part) for number, part in enumerate(parts))
    checked = [said for said in answers(hands, checks) if isinstance(said, Checked)]
    return {one.number: one.is_sorted for one in checked}
