"""Who is paid behind a partner's token: looked up for a stated purpose, and recorded as a disclosure."""

from uuid import UUID

import msgspec

from adapters.faults import Refused
from adapters.keys.partner_tokens import PartnerTokens
from adapters.keys.people import Identity
from adapters.registry.disclosing import open_identities
from adapters.registry.feed_door import agreed, get_feed
from adapters.registry.opening import Registry
from domain.questionnaire.codes import Outcome
from domain.standing import Conclusion, Decided


class Resolved(msgspec.Struct, frozen=True):
    """The household that a token stands for, and the recipients in it; none where nobody's identity can be opened."""

    household: UUID
    outcome: Outcome
    recipients: dict[UUID, Identity]


def resolve(registry: Registry, partner: str, programme: str, token: UUID, purpose: str, by: str) -> Resolved:
    """Open who is paid in a household on a partner's list. The disclosure is recorded first.

    Raises Refused for a token that is not this partner's, and for a household that is not on its list now.
    """
    key = get_feed(registry, partner, programme)
    agreement = agreed(registry).in_force.get(key)
    if agreement is None:
        raise Refused(f"No agreement of {partner} on {programme} is in force, so nobody is looked up for it.")
    household = PartnerTokens(registry.keyring).household(partner, token)
    state = registry.reader.household(household)
    if state is None:
        raise Refused(f"{token} stands for no household of {partner}: each partner has tokens of its own.")
    conclusion = _find_conclusion(registry, household, programme)
    if conclusion is None or conclusion.outcome is Outcome.INELIGIBLE or not agreement.covers(state.place):
        raise Refused(f"The household behind {token} is not on the list of {partner} on {programme} now.")
    members = [state.roster[member] for member in conclusion.recipients if member in state.roster]
    return Resolved(household, conclusion.outcome, open_identities(registry, household, members, partner, purpose, by))


def _find_conclusion(registry: Registry, household: UUID, programme: str) -> Conclusion | None:
    decided: list[Decided] = [recorded.event for recorded in registry.reader.decisions(household)]
    return next((event.conclusion for event in reversed(decided) if event.programme == programme), None)
