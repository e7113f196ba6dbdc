"""Many processes at one door: the parts of a survey side by side, each as it would be alone.

They meet in the database only: whoever claims a number first has it, and positions are given out under the log's lock.
"""

import glob
import time
from collections import Counter

from adapters.faults import Refused
from adapters.registry.import_worker import Assignment, Check, Checked, Digest, Find, Take
from adapters.registry.importing import Imported, Rejects, Report
from adapters.surveys.cut import in_two_parts, overlapping
from adapters.surveys.members import Keys
from adapters.surveys.parts import SurveyPart
from adapters.surveys.plan import shortened
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
    for path in rejects.path.parent.glob(f".{glob.escape(rejects.path.name)}.[0-9]*"):
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
    """Raise Refused where rows with one key stand in two parts."""
    for digest in in_two_parts(list(answers(hands, map(Digest, parts)))):
        looked = [said for said in answers(hands, (Find(part, digest) for part in parts)) if said.key is not None]
        key, number = Counter(found.key for found in looked).most_common(1)[0]
        if number > 1:
            first, second, *_ = sorted(found.part.households.name for found in looked if found.key == key)
            raise Refused(
                f"Rows of the household with the key {shortened(key)} stand in both {first} and {second}: sort the "
                "survey by that key and then cut it, so that a household and all its people are in one part."
            )
