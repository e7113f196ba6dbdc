"""An extract of drawn households, written as the workers write it, without a database."""

from datetime import date
from decimal import Decimal

from adapters.cards import compile_card
from adapters.extract.batch import Batch
from adapters.extract.manifest import FORMAT, Manifest, programmes_of, widened, write_manifest
from adapters.followers.timeline import timeline
from domain.event import Envelope, Recorded
from domain.programme import CutOffSet, ProgrammeOpened, Relaxation
from domain.questionnaire.codes import Comparison
from domain.registry_day import DayOpened
from domain.scorecard.canonical import encode_card, scorecard_hash
from domain.scorecard_adoption import ScorecardAdopted
from domain.standing import assess
from tests.extract.drawn_households import drawn_households
from tests.policies import KAFAALAT_RULE

DAY = date(2024, 6, 1)
KAFAALAT = "kafaalat"


def policies_with(card, cutoff="45", comparison=Comparison.AT_OR_UNDER, relaxed=None):
    """What is in force with one card and one programme."""
    adopted = ScorecardAdopted(date(2014, 1, 1), card.id, card.title, scorecard_hash(card), encode_card(card))
    relaxed = {Relaxation.MEMBER_CERTIFIED_DISABLED: Decimal(50)} if relaxed is None else relaxed
    events = [
        adopted,
        ProgrammeOpened(date(2014, 1, 1), KAFAALAT, KAFAALAT_RULE, 1),
        CutOffSet(
            date(2014, 1, 1), KAFAALAT, Decimal(cutoff), comparison, adopted.content_hash, card.id, relaxed=relaxed
        ),
        DayOpened(DAY),
    ]
    nobody = Envelope(None, "nobody", "system")
    return timeline([Recorded(place, None, 1, nobody, event) for place, event in enumerate(events, 1)], compile_card)


def write_extract(folder, card, households=600, part=250, seed=11):
    """Write an extract; gives the households as well."""
    reached = policies_with(card)
    drawn = drawn_households(households, seed)
    parts, of_households, of_people = [], {}, {}
    folder.mkdir(parents=True, exist_ok=True)
    for number, begin in enumerate(range(0, households, part)):
        batch = Batch(reached.in_force)
        for household_id, household in drawn[begin : begin + part]:
            standing = assess(household, reached.in_force)
            score = None if standing.score is None else float(standing.score)
            batch.add(
                household_id,
                household,
                position=5,
                score=score,
                status=standing.situation.status,
                conclusions=standing.conclusions,
            )
        written = batch.write(folder, number)
        parts.append(written.part)
        of_households = widened(of_households, written.households)
        of_people = widened(of_people, written.people)
    manifest = Manifest(
        format=FORMAT,
        registry="of-the-tests",
        position=5,
        log_position=5,
        policies_position=4,
        day=DAY,
        scorecard=reached.in_force.scorecard.hex(),
        scorecards={card_hash.hex(): card_bytes for card_hash, card_bytes in _contents(reached)},
        programmes=programmes_of(reached.in_force),
        households=households,
        people=sum(each.people.rows for each in parts),
        merged=0,
        parts=tuple(parts),
        ranges_of_households=of_households,
        ranges_of_people=of_people,
    )
    write_manifest(folder, manifest)
    return drawn


def _contents(reached):
    return [(card.content_hash, card.content) for card in reached.policies.cards]
