"""How a scorecard says no: to a card that is wrong, and to a household that it cannot score."""

from collections.abc import Iterable

from domain.refusal import Rejected

SHOWN_MAX = 60
ALLOWED_SHOWN_MAX = 12


def shown(value: object) -> str:
    """Show an answer in a sentence, cut short: a million characters are not evidence."""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        text = repr(value) if isinstance(value, str) and len(value) <= SHOWN_MAX else str(value)[: SHOWN_MAX + 1]
    except ValueError:
        text = f"a {type(value).__name__} of very many digits"
    return text if len(text) <= SHOWN_MAX + 2 else text[:SHOWN_MAX] + "..."


def listed(values: Iterable[object]) -> str:
    """List what would have been right, the first dozen of it."""
    items = [shown(value) for value in values]
    more = f" and {len(items) - ALLOWED_SHOWN_MAX} more" if len(items) > ALLOWED_SHOWN_MAX else ""
    return ", ".join(items[:ALLOWED_SHOWN_MAX]) + more


class ScorecardRefused(Rejected):
    """A card that must not be used; ``reasons`` holds every problem, a sentence each."""


class UnknownAnswer(Rejected):
    """An answer that is not one the scorecard offers."""

    def __init__(self, question: str, answer: object, allowed: Iterable[object]) -> None:
        self.question = question
        self.answer = answer
        self.allowed = tuple(allowed)
        super().__init__(
            f"The answer {shown(answer)} to {question!r} is not one that the scorecard knows; "
            f"it knows {listed(self.allowed)}."
        )


class MissingAnswer(Rejected):
    """An answer is not there, and the card does not say what a missing answer counts as."""

    def __init__(self, indicator: str, names: tuple[str, ...], sentence: str = "") -> None:
        self.indicator = indicator
        self.names = names
        needed = " and ".join(repr(name) for name in names)
        super().__init__(
            sentence
            or f"The indicator {indicator!r} cannot be scored because {needed} was not (or not wholly) answered, and "
            f"the scorecard does not say what a missing answer counts as; record the answer."
        )


class ScoreOutOfRange(Rejected):
    """The points add up to a score outside the range that the card declares."""
