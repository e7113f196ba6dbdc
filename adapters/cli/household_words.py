"""What `household triage` and `household show` say, as objects for programs and as sentences for people."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from adapters.cli.history_words import named
from adapters.cli.plain_words import (
    card_in_words,
    card_object,
    code_in_words,
    conclusion_in_words,
    listed,
    without_seals,
)
from adapters.cli.programme import ILLUSTRATION
from adapters.registry.disclosing import NOTHING_OPENED, Opened
from adapters.registry.timeline import described
from adapters.registry.triage import Triage
from adapters.words import to_words
from domain.household.state import Household
from domain.places import Places
from domain.policies import Policies
from domain.questionnaire.answers import Member
from domain.standing import Conclusion, Standing

CNIC_DIGITS = 13
INPUT_CHARACTERS_MAX = 1_000


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A household on a day, with what is concluded of it under the policies known, and what was opened."""

    household: UUID
    state: Household
    day: date
    is_to_come: bool
    standing: Standing
    policies: Policies
    opened: Opened


def triage_object(answer: Triage) -> dict[str, Any]:
    """A triage as programs read it."""
    return {
        "registered": answer.state is not None,
        "household": answer.household,
        "on": answer.on,
        "registered_on": answer.registered_on,
        "status": answer.status.word,
        "last_full_survey_on": answer.situation.last_full_survey_on,
        "occasions": [
            {"occasion": each.occasion.word, "open": each.is_open, "why": each.why, "from": each.from_day}
            for each in answer.occasions
        ],
    }


def triage_words(answer: Triage) -> Iterator[str]:
    """A triage as an operator reads it."""
    if answer.household is None:
        yield "Not registered."
    elif answer.state is None:
        yield f"Household {answer.household} was not registered on {answer.on}: it is since {answer.registered_on}."
    else:
        yield f"Registered in household {answer.household}: {code_in_words(answer.status)} on {answer.on}."
    for each in answer.occasions:
        mark = "open  " if each.is_open else "closed"
        later = f" (from {each.from_day})" if each.from_day and str(each.from_day) not in each.why else ""
        yield f"  {mark}  {code_in_words(each.occasion):<16}{each.why}{later}"


def household_object(shown: Shown) -> dict[str, Any]:
    """A household as programs read it; names only where they were opened."""
    state, standing, opened = shown.state, shown.standing, shown.opened
    return {
        "household": shown.household,
        "day": shown.day,
        "place": to_words(state.place),
        "residences": [{"since": since, "place": to_words(place)} for since, place in state.residences],
        "last_full_survey_on": state.last_full_survey_on,
        "merged_into": state.merged_into,
        "keys_destroyed_on": state.keys_destroyed_on,
        "flags": list(state.flags),
        "score": None if standing.score is None else str(standing.score),
        "scorecard": _card_object(shown),
        "status": standing.situation.status.word,
        "conclusions": {name: _conclusion_object(shown, name, each) for name, each in standing.conclusions.items()},
        "due": None if standing.due is None else {"occasion": standing.due[0].word, "on": standing.due[1]},
        "roster": [_member_object(shown, member) for member in state.roster.values()],
        "families": [to_words(family) for family in state.families],
        "programmes": {
            name: {
                "enrolment": each.enrolment and each.enrolment.word,
                "verified": each.verified,
                "filters": each.filters,
            }
            for name, each in state.programmes.items()
        },
        "answers": None if state.answers is None else to_words(state.answers),
        **({"phones": opened.phones, "address": opened.address} if opened is not NOTHING_OPENED else {}),
    }


def _card_object(shown: Shown) -> dict[str, Any] | None:
    return next(
        (card_object(card) for card in shown.policies.cards if card.content_hash == shown.standing.scorecard), None
    )


def _conclusion_object(shown: Shown, programme: str, conclusion: Conclusion) -> dict[str, Any]:
    return {
        "outcome": conclusion.outcome.word,
        "reason": conclusion.reason,
        "recipients": list(conclusion.recipients),
        "score": conclusion.score,
        "illustration": _is_illustration(shown, programme),
    }


def _member_object(shown: Shown, member: Member) -> dict[str, Any]:
    return {
        **without_seals(to_words(member)),
        "erased": member.member_id in shown.state.erased,
        **named(shown.opened.identities.get(member.member_id)),
    }


def _is_illustration(shown: Shown, programme: str) -> bool:
    cutoff = shown.policies.programmes[programme].find_cutoff(shown.day)
    return cutoff is not None and cutoff.illustration


def household_words(shown: Shown, places: Places) -> Iterator[str]:
    """A household as a person reads it."""
    state, opened = shown.state, shown.opened
    if shown.is_to_come:
        yield f"{shown.day} is yet to come: this is what is known today, and the rules that are set for that day."
    chain = [places.name(code) for code in (state.place.tehsil, state.place.district, state.place.region) if code]
    yield f"Household {shown.household} in {', '.join(chain)} ({state.place.code})"
    if state.merged_into:
        yield f"  closed: merged into {state.merged_into}"
    if state.keys_destroyed_on:
        yield f"  keys destroyed on {state.keys_destroyed_on}: takes nothing but what programmes report"
    yield f"  last full survey: {state.last_full_survey_on or 'none'}"
    yield from _standing_words(shown)
    yield "  roster, with the age when last stated:"
    for member in state.roster.values():
        yield f"  {member.line:>3}  {described(member)}{_name(shown, member)}  [{member.member_id}]"
    if opened.phones or opened.address:
        yield f"  phones: {', '.join(opened.phones) or 'none'}; address: {', '.join(opened.address) or 'none'}"
    if state.flags:
        yield f"  flagged: {', '.join(state.flags).replace('_', ' ')}"


def _standing_words(shown: Shown) -> Iterator[str]:
    standing = shown.standing
    yield f"  derived now, for {shown.day}: {code_in_words(standing.situation.status)}"
    card = next((card for card in shown.policies.cards if card.content_hash == standing.scorecard), None)
    score = "not scored" if standing.score is None else str(standing.score)
    yield f"    score: {score}" + (f" by {card_in_words(card)}" if card else "")
    for name, each in standing.conclusions.items():
        yield f"    {name}: {_concluded(shown, each)}{f' ({ILLUSTRATION})' if _is_illustration(shown, name) else ''}"
    if standing.due:
        yield f"    due: {code_in_words(standing.due[0])} on {standing.due[1]}"


def _concluded(shown: Shown, conclusion: Conclusion) -> str:
    lines = sorted(shown.state.roster[who].line for who in conclusion.recipients if who in shown.state.roster)
    paid = f", to be paid: {listed(f'person {line}' for line in lines)}" if lines else ""
    return f"{conclusion_in_words(conclusion)}{paid}"


def _name(shown: Shown, member: Member) -> str:
    if member.member_id in shown.state.erased:
        return "  (erased)"
    identity = shown.opened.identities.get(member.member_id)
    return f"  {identity.name}" if identity and identity.name else ""
