"""The witnesses beside the sealer: shown each seal; what they answer is told to the operator when it changes."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from adapters.journal import Journal
from adapters.seals.published import Published
from adapters.seals.settings import trust_file
from adapters.seals.trust import read_trust
from adapters.seals.witnessing import Asked, Outcome, Round, Witnessing
from adapters.supervision.worker import Duty

Show = Callable[[Published | None], None]


@contextmanager
def witnesses_of(duty: Duty, folder: Path) -> Iterator[Show]:
    """Give what takes each seal to the witnesses of the trust policy; where there is none, nobody is asked.

    Raises Refused for a policy that is wrong: a seal that nobody witnesses must not pass for one that is.
    """
    place = trust_file(duty.environ)
    if place is None:
        yield lambda _: None
        return
    with closing(Witnessing(folder, read_trust(place), Account(duty.journal).tell)) as witnessing:

        def show(published: Published | None) -> None:
            if published is not None:
                witnessing.show(published)

        yield show


class Account:
    """Tells what came of a round where that is not what came of the round before."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._told: dict[str, str] = {}
        self._was_witnessed: bool | None = None

    def tell(self, done: Round) -> None:
        """Tell what is new."""
        if self._is_new("", done.fault) and done.fault:
            self._journal.error("not_witnessed", done.fault)
        for one in done.asked:
            if self._is_new(one.witness, one.says if one.outcome is Outcome.ALARM else one.outcome):
                self._tell_of(one)
        if not done.fault and done.is_witnessed is not self._was_witnessed:
            self._was_witnessed = done.is_witnessed
            if done.is_witnessed:
                self._journal.info("witnessed", f"Enough witnesses signed the seal of {done.size:,} events.")
            else:
                self._journal.warning(
                    "not_witnessed", f"Too few witnesses signed the seal of {done.size:,} events; they are asked again."
                )

    def _tell_of(self, one: Asked) -> None:
        sentence = f"The witness {one.witness} {one.says}."
        match one.outcome:
            case Outcome.ALARM:
                self._journal.error("alarm", sentence, witness=one.witness)
            case Outcome.SIGNED:
                self._journal.info("witnessed", sentence, witness=one.witness)
            case Outcome.AWAY:
                self._journal.warning("not_witnessed", f"The witness {one.witness} is away: {one.says}.")
            case Outcome.REFUSED:
                self._journal.warning("not_witnessed", sentence, witness=one.witness)

    def _is_new(self, whom: str, what: str) -> bool:
        is_new = self._told.get(whom, "") != what
        self._told[whom] = what
        return is_new
