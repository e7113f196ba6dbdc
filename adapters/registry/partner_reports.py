"""Partners report what they did: their tokens turned back, their lists held against it, and the door asked."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec

from adapters.codec import recorded
from adapters.faults import Refused
from adapters.keys.partner_tokens import PartnerTokens
from adapters.registry.door import Answer
from adapters.registry.feed_door import agreed, get_feed
from adapters.registry.opening import Registry
from adapters.submissions.partner_report import PartnerReport, as_submission
from adapters.submissions.sealing import Sealer
from adapters.uuids import uuid_of_digest
from adapters.words import to_words
from domain.agreement import Agreement
from domain.household.state import Household, fold
from domain.questionnaire.codes import Outcome
from domain.standing import Decided
from domain.streams import decisions_of
from domain.submission import Reason

TOGETHER_MAX = 500
"""Most reports that are looked up and recorded at once."""
REFUSED_MAX = 10_000
_ID_BYTES = 16


class Outcomes(msgspec.Struct, frozen=True):
    """What became of one report. `report` names it for good; `again`: it was known, and nothing was added."""

    report: UUID
    accepted: bool
    again: bool
    sentences: tuple[str, ...]


class RefusedReport(msgspec.Struct, frozen=True):
    """A partner's report that was refused. The token is absent where it stood for no household of the partner."""

    report: UUID
    programme: str
    kind: str
    on: date
    household: UUID | None
    sentences: tuple[str, ...]


class PartnerDesk:
    """Takes the reports of one partner on one programme. Raises Refused where the two never agreed."""

    def __init__(self, registry: Registry, partner: str, programme: str) -> None:
        self.partner, self.programme = get_feed(registry, partner, programme)
        self._registry = registry
        self._tokens = PartnerTokens(registry.keyring)
        self._sealer = Sealer(registry.keyring)

    def take(self, reports: Sequence[PartnerReport]) -> list[Outcomes]:
        """Take reports in their order; each is recorded whole, or refused with every reason and kept as refused."""
        assert len(reports) <= TOGETHER_MAX, "so many are looked up at once"
        households = [self._tokens.household(self.partner, report.household) for report in reports]
        against = self._find_problems(reports, households)
        submissions = [
            as_submission(report, self._name(report), household, self.partner, self.programme)
            for report, household in zip(reports, households, strict=True)
        ]
        door = self._registry.door
        sound = iter(door.submit_many(one for one, why in zip(submissions, against, strict=True) if why is None))
        answers = [
            next(sound) if why is None else door.submit(one, (why,))
            for one, why in zip(submissions, against, strict=True)
        ]
        return [self._outcome(*both) for both in zip(reports, answers, strict=True)]

    def _name(self, report: PartnerReport) -> UUID:
        """The id of a report: of its reference, or of all it says where it has none."""
        own = report.reference or msgspec.json.encode(to_words(report)).decode()
        parts = (b"partner report", self.partner, self.programme, "said" if report.reference is None else "named", own)
        digest = self._sealer.digest(*(part.encode() if isinstance(part, str) else part for part in parts))
        return uuid_of_digest(digest[:_ID_BYTES])

    def _find_problems(self, reports: Sequence[PartnerReport], households: Sequence[UUID]) -> list[Reason | None]:
        reader, log = self._registry.reader, self._registry.log
        known = {household: fold(history) for household, history in reader.histories(set(households)).items()}
        decided = log.streams([decisions_of(household) for household in known])
        agreements = reader.agreements(self.partner, self.programme)
        return [
            self._find_problem(
                report,
                known.get(household),
                [
                    event
                    for entry in decided.get(decisions_of(household), ())
                    if (event := recorded(entry).event).programme == self.programme
                ],
                agreements,
            )
            for report, household in zip(reports, households, strict=True)
        ]

    def _find_problem(
        self,
        report: PartnerReport,
        household: Household | None,
        decided: Sequence[Decided],
        agreements: Sequence[Agreement],
    ) -> Reason | None:
        token, partner, programme = report.household, self.partner, self.programme
        if household is None:
            sentence = f"{token} stands for no household of {partner}: each partner has tokens of its own."
            return Reason("token_unknown", sentence)
        if household.merged_into is not None:
            sentence = (
                f"The household behind {token} was registered twice and is kept under its other registration: report "
                "by the token that is on your list now."
            )
            return Reason("merged_into_another", sentence)
        if not any(was_listed(each, household, decided, report.on) for each in agreements):
            sentence = (
                f"The household behind {token} was not on the list of {partner} on {programme} by {report.on}: report "
                "only what you did for households of your list, with the day on which you did it."
            )
            return Reason("never_listed", sentence)
        return None

    def _outcome(self, report: PartnerReport, answer: Answer) -> Outcomes:
        sentences = tuple(
            f"The reference {report.reference!r} names another report already: give this one a reference of its own."
            if reason.check == "submission_id_used"
            else reason.sentence
            for reason in answer.reasons
        )
        return Outcomes(answer.submission, answer.accepted, answer.again, sentences)


def was_listed(agreement: Agreement, household: Household, decided: Sequence[Decided], until: date) -> bool:
    """Whether a household was on the list of an agreement on some day until this one.

    What puts it there or takes it off happens on few days: only those are looked at.
    """
    made = agreement.made
    before_the_end = None if agreement.ended_on is None else agreement.ended_on - timedelta(days=1)
    last = min(day for day in (until, made.until, before_the_end) if day is not None)
    days = {made.on, *(since for since, _ in household.residences), *(event.on for event in decided)}
    return any(_is_listed(agreement, household, decided, day) for day in days if made.on <= day <= last)


def _is_listed(agreement: Agreement, household: Household, decided: Sequence[Decided], day: date) -> bool:
    place = household.find_place_on(day)
    outcome = next((event.conclusion.outcome for event in reversed(decided) if event.on <= day), Outcome.INELIGIBLE)
    return place is not None and agreement.covers(place) and outcome is not Outcome.INELIGIBLE


def count_reports(registry: Registry, partner: str) -> tuple[int, int]:
    """How many reports of a partner were accepted, and how many refused."""
    ((accepted, refused),) = registry.rows(_COUNT, {"partner": partner})
    return int(accepted), int(refused)


def refused_reports(registry: Registry, partner: str, limit: int) -> list[RefusedReport]:
    """The latest reports of a partner that were refused, the last one first."""
    rows = registry.rows(_REFUSED, {"partner": partner, "limit": min(limit, REFUSED_MAX)})
    tokens = PartnerTokens(registry.keyring)
    return [_refused(registry, tokens, partner, submission) for (submission,) in rows]


def _refused(registry: Registry, tokens: PartnerTokens, partner: str, submission: UUID) -> RefusedReport:
    event = registry.reader.refusal(submission)
    token = None if event.household is None else tokens.token(partner, event.household.int)
    programme = event.source.partition("/")[2]
    sentences = tuple(reason.sentence for reason in event.reasons)
    return RefusedReport(submission, programme, event.kind, event.on, token, sentences)


def check_partner(registry: Registry, partner: str) -> None:
    """Raises Refused where nobody of this name ever agreed on anything."""
    known = {name for name, _ in agreed(registry).known}
    if partner not in known:
        raise Refused(f"No partner is known as {partner!r}; there are: {', '.join(sorted(known)) or 'nobody yet'}.")


_COUNT = """
    SELECT count(*) FILTER (WHERE accepted), count(*) FILTER (WHERE NOT accepted) FROM submissions
    WHERE partner = %(partner)s"""
_REFUSED = """
    SELECT submission_id FROM submissions WHERE partner = %(partner)s AND NOT accepted
    ORDER BY position DESC LIMIT %(limit)s"""
