"""Scorecard files as they are used: compiled, held against the registry's questionnaire, brought for adoption."""

from datetime import date
from pathlib import Path

from adapters.documents.scorecard import find_scorecard_file, load_scorecard
from adapters.faults import Refused
from domain.questionnaire.vocabulary import HOUSEHOLD_READER
from domain.refusal import Rejected
from domain.scorecard import Compiled, Scorecard, ScorecardRefused, compile_scorecard
from domain.scorecard.canonical import encode_card
from domain.scorecard_adoption import AdoptScorecard

WHERE_NAMES_ARE = "docs/scorecard-format.md lists the names there are."


def compiled_file(path: Path) -> Compiled:
    """Load, check and compile a scorecard file; raises Refused with every problem, a line each."""
    card = load_scorecard(path)
    try:
        return compile_scorecard(card)
    except ScorecardRefused as refusal:
        raise Refused("\n".join(f"{path}: {reason}" for reason in refusal.reasons)) from None


def adoption_problems(card: Scorecard) -> list[str]:
    """Why the registry could not score its households with a card that is in order, a sentence each."""
    try:
        compile_scorecard(card, HOUSEHOLD_READER)
    except Rejected as refusal:
        return list(refusal.reasons)
    return []


def adoptable(card: str) -> Compiled:
    """A card that the registry can score its households with. Raises Refused."""
    checked = compiled_file(find_scorecard_file(card))
    if problems := adoption_problems(checked.card):
        raise Refused(
            f"{card}: the card asks for what the registry's questionnaire does not have. "
            f"{' '.join(problems)} {WHERE_NAMES_ARE}"
        )
    return checked


def adoption(checked: Compiled, on: date, authority: str = "") -> AdoptScorecard:
    """The request to adopt a checked card, with its whole content."""
    return AdoptScorecard(
        scorecard_id=checked.card.id,
        title=checked.card.title,
        content_hash=checked.card_hash,
        content=encode_card(checked.card),
        on=on,
        authority=authority,
    )
