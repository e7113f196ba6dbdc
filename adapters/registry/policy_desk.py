"""Where policies enter the registry: days, scorecards, programmes with their cut-offs, shocks and agreements."""

from collections.abc import Callable, Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from msgspec.structs import replace

from adapters.codec import to_store
from adapters.faults import WorldFailed
from adapters.log import Conflict, EventLog
from adapters.registry.reading import Reader
from domain import agreement as agreements
from domain import partner as partners
from domain import programme as programmes
from domain import shock_rules as shocks
from domain.agreement import AgreementCommand, MakeAgreement
from domain.event import Envelope, Event
from domain.partner import SetKey
from domain.places import Places
from domain.policies import Policies
from domain.programme import OpenProgramme, ProgrammeCommand, SetCutOff
from domain.refusal import Rejected
from domain.registry_day import day_in_pakistan, decide_day
from domain.scorecard.canonical import decode_card
from domain.scorecard.check import ranges
from domain.scorecard_adoption import AdoptScorecard, decide_adoption
from domain.shock_rules import ApproveShock, DeclareShock, ShockCommand, WidenShock
from domain.streams import agreement_stream, partner_stream, policy_stream

ATTEMPTS_MAX = 5

Decide = Callable[[Policies], Sequence[Event]]


class PolicyDesk:
    """Takes changes of policy from officers who may make them."""

    def __init__(self, log: EventLog, reader: Reader, places: Places, clock: Callable[[], datetime]) -> None:
        self._log = log
        self._reader = reader
        self._places = places
        self._clock = clock

    def open_day(self) -> list[Event]:
        """Open the day that the clock shows, unless it is open."""
        today = day_in_pakistan(self._clock())
        return self._record(policy_stream("registry", "days"), lambda known: decide_day(today, known.today), "clock")

    def adopt(self, command: AdoptScorecard, by: str) -> list[Event]:
        """Adopt a scorecard; the same one again changes nothing."""
        stream = policy_stream("scorecard", command.scorecard_id)
        return self._record(stream, lambda known: decide_adoption(command, known.cards), by)

    def programme(self, command: ProgrammeCommand, by: str) -> list[Event]:
        """Open a programme, give it a cut-off, or close it. Raises Rejected."""
        if isinstance(command, OpenProgramme):
            self._check_places(command.rule.regions)
        if isinstance(command, SetCutOff):
            self._check_reach(command)

        def decide(known: Policies) -> Sequence[Event]:
            current = known.programmes.get(command.programme)
            return programmes.decide(command, current, known.usable_from(), known.programmes)

        return self._record(policy_stream("programme", command.programme), decide, by)

    def shock(self, command: ShockCommand, by: str) -> list[Event]:
        """Declare, approve, withdraw, widen, lift or revoke a shock. Raises Rejected."""
        if isinstance(command, DeclareShock | ApproveShock | WidenShock):
            command = replace(command, by=by)
        self.check_names(command)
        return self._record(policy_stream("shock", command.shock), lambda known: self._decide_shock(command, known), by)

    def foresee(self, command: ShockCommand) -> list[Event]:
        """What a command about a shock would record. Raises Rejected as it would be."""
        self.check_names(command)
        return list(self._decide_shock(command, self._reader.policies()))

    def check_names(self, command: ShockCommand) -> None:
        """Places and programmes that a shock names must be known. Raises Rejected."""
        if isinstance(command, DeclareShock | WidenShock):
            self._check_places(command.places)
        if isinstance(command, DeclareShock):
            self._check_relief(command.relief_programmes)

    def agreement(self, command: AgreementCommand, by: str) -> list[Event]:
        """Make an agreement with a partner, or end it. Raises Rejected."""
        if isinstance(command, MakeAgreement):
            self._check_places(command.places)
            self._check_programme(command.programme)

        def decide(_: Policies) -> Sequence[Event]:
            return agreements.decide(command, self._reader.agreements(command.partner, command.programme))

        return self._record(agreement_stream(command.partner, command.programme), decide, by)

    def key(self, command: SetKey, by: str) -> list[Event]:
        """Give a partner another key. Raises Rejected."""

        def decide(_: Policies) -> Sequence[Event]:
            return partners.decide(command, self._reader.find_key_hash(command.partner))

        return self._record(partner_stream(command.partner), decide, by)

    def _check_programme(self, name: str) -> None:
        known = self._reader.policies().programmes
        if name not in known:
            there = f"there are: {', '.join(known)}" if known else "there is none yet"
            raise Rejected(f"No programme is known as {name!r}: {there}. Open it first.")

    def _check_places(self, codes: Sequence[str]) -> None:
        if problems := [problem for code in codes if (problem := self._places.find_problem(code))]:
            raise Rejected(*problems)

    def _check_reach(self, command: SetCutOff) -> None:
        """A cut-off that every score or no score passes is a slip: a programme for everybody looks at no score."""
        card = next((card for card in self._reader.policies().cards if card.content_hash == command.scorecard), None)
        if card is None:
            return
        for reach in ranges(decode_card(card.content)):
            low, high = (None if end is None else Fraction(end) for end in (reach.low, reach.high))
            if (low is not None and command.value < low) or (high is not None and command.value > high):
                raise Rejected(
                    f"Scores of {card.scorecard_id} reach from {reach.low} to {reach.high}: a cut-off of "
                    f"{command.value} would be passed by all or by none."
                )

    def _check_relief(self, names: Sequence[str]) -> None:
        known = self._reader.policies().programmes
        for name in names:
            if name not in known:
                raise Rejected(f"Programme {name} is not open, so it cannot give relief: open it first.")
            if not known[name].rule.relief:
                raise Rejected(f"Programme {name} is not a relief programme: its rule does not look at shocks.")

    def _decide_shock(self, command: ShockCommand, known: Policies) -> Sequence[Event]:
        name, today = command.shock, day_in_pakistan(self._clock())
        shares, alone = known.find_shares(command.on), known.alone.get(name, {})
        return shocks.decide(command, known.shocks.get(name), shares, known.proposed.get(name), alone, today)

    def _record(self, stream: UUID, decide: Decide, by: str) -> list[Event]:
        for _ in range(ATTEMPTS_MAX):
            version = len(self._log.stream(stream))  # before the policies: what comes in between is then a conflict
            events = list(decide(self._reader.policies()))
            if not events:
                return []
            envelope = Envelope(self._clock(), by, "policy")
            entries = [to_store(stream, version + offset, envelope, event) for offset, event in enumerate(events, 1)]
            try:
                self._log.append(entries)
            except Conflict:
                continue
            return events
        raise WorldFailed(
            f"Another change of the same policy came in between {ATTEMPTS_MAX} times: look, then try again."
        )
