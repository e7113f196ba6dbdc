"""Keys are destroyed by two people, and master keys are known by what was recorded of them."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain import keys
from domain.keys import (
    PROPOSAL_DAYS,
    ApproveDestruction,
    DestructionApproved,
    DestructionProposed,
    DestructionRepeated,
    DestructionWithdrawn,
    KeysRewrapped,
    MasterKeyRotated,
    MasterKeys,
    MasterKeysRetired,
    ProposeDestruction,
    WithdrawDestruction,
)
from domain.refusal import Rejected

TODAY = date(2026, 3, 14)
HOUSE, AMINA = UUID(int=0x100), UUID(int=1)
PROPOSE = ProposeDestruction(TODAY, HOUSE, AMINA, "court 7/2026", "Sania")
PROPOSED = DestructionProposed(TODAY, HOUSE, AMINA, "court 7/2026", "Sania", TODAY + timedelta(days=PROPOSAL_DAYS))
APPROVE = ApproveDestruction(TODAY, HOUSE, AMINA, "court 7/2026", "Tariq")
WITHDRAW = WithdrawDestruction(TODAY, HOUSE, AMINA, "the court decided otherwise")
LATER = TODAY + timedelta(days=PROPOSAL_DAYS + 1)


def test_what_one_proposes_another_approves():
    assert keys.decide(PROPOSE, None) == [PROPOSED]
    approved = DestructionApproved(TODAY, HOUSE, AMINA, "court 7/2026", "Sania", "Tariq")
    assert keys.decide(APPROVE, PROPOSED) == [approved]
    assert keys.fold([PROPOSED, approved]) is None


@pytest.mark.parametrize("name", ["Sania", "sania", "  SANIA ", "", " "])
def test_nobody_approves_what_she_proposed_herself(name):
    with pytest.raises(Rejected, match="another person must approve"):
        keys.decide(replace(APPROVE, by=name), PROPOSED)


def test_nothing_is_destroyed_that_nobody_proposed():
    with pytest.raises(Rejected, match="nobody has proposed"):
        keys.decide(APPROVE, None)


def test_a_proposal_can_be_approved_on_its_last_day_and_not_after_it():
    assert keys.decide(replace(APPROVE, on=PROPOSED.until), PROPOSED)
    with pytest.raises(Rejected, match="it must be proposed anew"):
        keys.decide(replace(APPROVE, on=LATER), PROPOSED)


def test_an_approval_upon_another_authority_is_refused():
    assert keys.decide(replace(APPROVE, authority=" Court 7/2026"), PROPOSED)
    with pytest.raises(Rejected, match="on the authority of court 7/2026, and not of"):
        keys.decide(replace(APPROVE, authority="her husband"), PROPOSED)


def test_proposing_the_same_twice_changes_nothing():
    assert keys.decide(PROPOSE, PROPOSED) == []


@pytest.mark.parametrize("other", [replace(PROPOSE, by="Tariq"), replace(PROPOSE, authority="her husband")])
def test_a_second_proposal_waits_for_the_first_one_to_be_approved_or_withdrawn(other):
    with pytest.raises(Rejected, match="Sania proposed this"):
        keys.decide(other, PROPOSED)
    (withdrawn,) = keys.decide(WITHDRAW, PROPOSED)
    assert keys.decide(other, keys.fold([PROPOSED, withdrawn]))


def test_one_that_expired_may_be_proposed_anew():
    (anew,) = keys.decide(replace(PROPOSE, on=LATER, by="Tariq"), PROPOSED)
    assert keys.fold([PROPOSED, anew]) == anew


@pytest.mark.parametrize("nameless", [replace(PROPOSE, by=" "), replace(PROPOSE, authority="")])
def test_a_proposal_names_who_makes_it_and_on_what_authority(nameless):
    with pytest.raises(Rejected, match="name both"):
        keys.decide(nameless, None)


def test_what_is_withdrawn_cannot_be_approved_and_its_reason_is_kept():
    assert keys.decide(WITHDRAW, PROPOSED) == [DestructionWithdrawn(TODAY, HOUSE, AMINA, "the court decided otherwise")]
    for wrong, says in ((replace(WITHDRAW, reason=" "), "why"), (replace(WITHDRAW, on=LATER), "No destruction")):
        with pytest.raises(Rejected, match=says):
            keys.decide(wrong, PROPOSED)


def test_a_repetition_leaves_what_is_proposed_as_it_is():
    repeated = DestructionRepeated(TODAY, HOUSE, AMINA, TODAY)
    assert keys.fold([PROPOSED, repeated]) == PROPOSED


def test_the_master_keys_are_known_by_what_was_recorded_of_them():
    rotated, rewrapped = MasterKeyRotated(TODAY, 2), KeysRewrapped(TODAY, 2, 5, 0)
    assert keys.fold_masters([]) == MasterKeys(1, frozenset())
    assert keys.fold_masters([rotated, rewrapped]) == MasterKeys(2, frozenset())
    assert keys.fold_masters([rotated, MasterKeysRetired(TODAY, (1,), 2)]) == MasterKeys(2, frozenset({1}))
