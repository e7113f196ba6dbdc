"""A shock is declared over places, struck those who lived there, and is lifted."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import fields, replace

from domain.questionnaire.answers import Place
from domain.questionnaire.codes import Group
from domain.refusal import Rejected
from domain.relief import Limit, ReliefThresholds, TehsilThreshold
from domain.shock import (
    GroupShockDeclared,
    GroupShockProposed,
    Notified,
    ShockLifted,
    ShockProposalWithdrawn,
    ShockProposed,
    ShockRevoked,
    ShockWidened,
    StruckCounted,
    ThresholdsSet,
    as_compared,
    evolve,
)
from domain.shock_rules import (
    HOUSEHOLDS_BY_ONE_MAX,
    ApproveShock,
    DeclareShock,
    LiftShock,
    RevokeShock,
    WidenShock,
    WithdrawProposal,
    decide,
)
from tests.people import KARACHI, RURAL_MUZAFFARGARH, TODAY
from tests.policies import FLOOD, STATED
from tests.scenario import scenario

DECLARE = DeclareShock(**STATED, households=0)
LIFTED = ShockLifted(TODAY, "flood-2024", "provincial authority")


def folded(events):
    shock = None
    for event in events:
        shock = evolve(shock, event)
    return shock


given = scenario(folded, decide)


def no_groups(_):
    return frozenset()


def test_a_shock_is_declared():
    given().when(DECLARE).then(FLOOD)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"places": ()}, "at least one place"),
        ({"impact_on": date(2024, 4, 21)}, "lies after the declaration"),
        ({"resurvey_from": date(2024, 4, 9)}, "before the impact"),
        ({"resurvey_until": date(2024, 4, 30)}, "before it begins"),
        ({"resurvey_until": date(2024, 4, 9)}, r"ends \(2024-04-09\) before the impact \(2024-04-10\)"),
    ],
)
def test_a_shock_that_contradicts_itself_is_not_declared(change, because):
    given().when(replace(DECLARE, **change)).then_rejected(because)


def test_another_shock_takes_another_name():
    given(FLOOD).when(replace(DECLARE, places=("PK7",))).then_rejected(because="give this one another name")


def test_a_shock_is_lifted():
    command = LiftShock("flood-2024", TODAY, "provincial authority")
    assert decide(command, folded([FLOOD])) == [LIFTED]
    given(FLOOD, LIFTED).when(command).then_rejected(because="was lifted on 2024-05-20 already")
    given().when(command).then_rejected(because="No shock is known")
    given(FLOOD).when(replace(command, on=date(2024, 4, 9))).then_rejected(because="cannot be over")


def test_a_shock_is_not_lifted_for_a_day_to_come():
    command = LiftShock("flood-2024", TODAY, "provincial authority")
    assert decide(command, folded([FLOOD]), today=TODAY) == [LIFTED]
    with pytest.raises(Rejected, match="Once it is lifted it cannot be revoked"):
        decide(command, folded([FLOOD]), today=TODAY - timedelta(days=1))


def test_a_shock_has_a_name():
    given().when(replace(DECLARE, shock=" ")).then_rejected(because="needs a name")


@pytest.mark.parametrize(
    ("places", "lived", "struck"),
    [
        (("PK6",), RURAL_MUZAFFARGARH, True),
        (("PK602",), RURAL_MUZAFFARGARH, True),
        (("PK60201",), RURAL_MUZAFFARGARH, True),
        (("PK60201/Basti Kot",), RURAL_MUZAFFARGARH, True),
        (("PK60201/Other",), RURAL_MUZAFFARGARH, False),
        (("PK602",), KARACHI, False),
        (("PK60201",), Place("PK602"), False),
        (("PK7", "PK602"), KARACHI, True),
        (("PK602",), None, False),
    ],
)
def test_who_lived_in_its_places_was_struck(places, lived, struck):
    assert (folded([replace(FLOOD, places=places)]).find_struck(lambda _: lived, no_groups) is not None) is struck


LOCKDOWN = GroupShockDeclared(**STATED, groups=(Group.DAY_LABOUR, Group.WOMAN_HEADED))
DECLARE_LOCKDOWN = replace(DECLARE, groups=LOCKDOWN.groups)


def test_a_shock_over_groups_is_declared_by_an_event_of_its_own_and_once():
    given().when(DECLARE_LOCKDOWN).then(LOCKDOWN)
    given(LOCKDOWN).when(DECLARE_LOCKDOWN).then_nothing()
    given(LOCKDOWN).when(DECLARE).then_rejected(because="give this one another name")
    given(FLOOD).when(DECLARE_LOCKDOWN).then_rejected(because="give this one another name")


@pytest.mark.parametrize(
    ("belonged", "lived", "struck"),
    [
        ({Group.DAY_LABOUR}, RURAL_MUZAFFARGARH, True),
        ({Group.WOMAN_HEADED, Group.MEMBER_CERTIFIED_DISABLED}, RURAL_MUZAFFARGARH, True),
        ({Group.MEMBER_CERTIFIED_DISABLED}, RURAL_MUZAFFARGARH, False),
        (set(), RURAL_MUZAFFARGARH, False),
        ({Group.DAY_LABOUR}, KARACHI, False),
        ({Group.DAY_LABOUR}, None, False),
    ],
)
def test_of_a_shock_over_groups_who_lived_there_and_belonged_to_one_was_struck(belonged, lived, struck):
    found = folded([LOCKDOWN]).find_struck(lambda _: lived, lambda _: frozenset(belonged))
    assert (found is not None) is struck


def test_whoever_belonged_to_a_group_on_the_day_of_the_impact_counts():
    belonged = {LOCKDOWN.impact_on: frozenset({Group.DAY_LABOUR})}
    assert folded([LOCKDOWN]).find_struck(lambda _: RURAL_MUZAFFARGARH, belonged.__getitem__) == RURAL_MUZAFFARGARH


def test_a_widening_strikes_the_same_groups():
    shock = folded([LOCKDOWN, WIDENED])
    assert shock.find_struck(lambda _: Place("PK60301"), lambda _: frozenset({Group.WOMAN_HEADED})) is not None
    assert shock.find_struck(lambda _: Place("PK60301"), no_groups) is None


def test_a_large_shock_over_groups_is_proposed_and_approved_over_the_same():
    (proposed,) = decide(replace(TOO_MANY, groups=LOCKDOWN.groups), None)
    assert isinstance(proposed, GroupShockProposed)
    assert decide(APPROVE, None, {}, proposed) == [replace(LOCKDOWN, on=TODAY)]


def test_a_shock_is_active_from_its_impact_until_it_is_lifted():
    shock = folded([FLOOD, LIFTED])
    days = (date(2024, 4, 9), FLOOD.impact_on, date(2024, 5, 19), TODAY)
    assert [shock.is_active(day) for day in days] == [False, True, True, False]
    assert folded([FLOOD]).is_active(date(2030, 1, 1))


def test_lifting_closes_the_window_of_resurvey_early():
    assert folded([FLOOD]).resurveys_until == date(2024, 6, 30)
    assert folded([FLOOD, LIFTED]).resurveys_until == TODAY


def test_lifting_what_was_never_declared_says_nothing():
    assert evolve(None, LIFTED) is None


# Widening


WIDEN = WidenShock("flood-2024", TODAY, date(2024, 4, 25), ("PK603", "PK60201/Basti Kot"), "provincial authority", 0)
WIDENED = ShockWidened(TODAY, "flood-2024", date(2024, 4, 25), ("PK603",), "provincial authority")


def test_a_shock_is_widened_by_what_it_does_not_cover_yet():
    given(FLOOD).when(WIDEN).then(WIDENED)
    given(FLOOD, WIDENED).when(WIDEN).then_nothing()


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"places": ()}, "Name the places"),
        ({"impact_on": date(2024, 5, 21)}, "lies after the day of widening"),
        ({"on": date(2024, 8, 1), "impact_on": date(2024, 7, 1)}, "declare a shock of its own"),
        ({"households": HOUSEHOLDS_BY_ONE_MAX + 1}, "another person approves"),
    ],
)
def test_a_widening_that_makes_no_sense_is_refused(change, because):
    given(FLOOD).when(replace(WIDEN, **change)).then_rejected(because)


def test_what_is_over_or_unknown_is_not_widened():
    given().when(WIDEN).then_rejected("No shock is known")
    given(FLOOD, LIFTED).when(WIDEN).then_rejected("was lifted on 2024-05-20 already")
    given(FLOOD, REVOKED).when(WIDEN).then_rejected("was revoked on 2024-05-20 already")


def test_each_place_was_struck_on_the_day_that_was_notified_with_it():
    shock = folded([FLOOD, WIDENED])
    lived = {date(2024, 4, 10): KARACHI, date(2024, 4, 25): Place("PK60301")}
    assert shock.find_struck(lived.get, no_groups) == Place("PK60301")
    assert shock.as_of(date(2024, 4, 24)).find_struck(lived.get, no_groups) is None
    assert shock.places == ("PK602", "PK603")


@pytest.mark.parametrize(
    ("places", "overlap"),
    [(("PK6",), True), (("PK60201",), True), (("PK60201/Basti Kot",), True), (("PK603", "PK7"), False)],
)
def test_shocks_overlap_where_some_place_lies_in_both(places, overlap):
    assert folded([FLOOD]).overlaps(places) is overlap


# Revoking


REVOKED = ShockRevoked(TODAY, "flood-2024", "the wrong district", "provincial authority")
REVOKE = RevokeShock("flood-2024", TODAY, "the wrong district", "provincial authority")


def test_a_shock_that_was_wrong_is_revoked_once_and_one_that_is_over_is_not():
    assert decide(REVOKE, folded([FLOOD])) == [REVOKED]
    given(FLOOD, REVOKED).when(REVOKE).then_rejected("was revoked on 2024-05-20 already")
    given(FLOOD, LIFTED).when(REVOKE).then_rejected("what was given until then stands")
    given(FLOOD, REVOKED).when(LiftShock("flood-2024", TODAY)).then_rejected("was revoked on")
    given(FLOOD).when(replace(REVOKE, reason=" ")).then_rejected("Say why")
    given(FLOOD).when(replace(REVOKE, on=date(2024, 4, 19))).then_rejected("it cannot be revoked on 2024-04-19")
    given().when(REVOKE).then_rejected("No shock is known")


def test_a_revoked_shock_is_active_no_more_and_takes_no_resurveys():
    shock = folded([FLOOD, REVOKED])
    assert (shock.is_active(TODAY), shock.is_revoked(TODAY), shock.resurveys_until) == (False, True, TODAY)


# Thresholds


def thresholds(*tehsils: tuple[str, int | None], percent: int = 60) -> ReliefThresholds:
    stated = [
        TehsilThreshold(tehsil, None if highest is None else Decimal(highest), 10, 10, 6) for tehsil, highest in tehsils
    ]
    return ReliefThresholds("relief", percent, b"card", tuple(stated))


SHARES = {"relief": 60}


def test_thresholds_are_recorded_with_the_declaration():
    found = thresholds(("PK60201", 30))
    command = replace(DECLARE, thresholds=(found,), snapshot_position=17)
    given().when(command, SHARES).then(FLOOD, ThresholdsSet(FLOOD.on, "flood-2024", 17, found))


@pytest.mark.parametrize("found", [(), (thresholds(("PK60201", 30), percent=50),)])
def test_a_shock_is_not_declared_without_the_thresholds_of_its_relief(found):
    given().when(replace(DECLARE, thresholds=found), SHARES).then_rejected("no thresholds for that")


def test_a_tehsil_keeps_the_threshold_that_it_was_given_first():
    first = ThresholdsSet(FLOOD.on, "flood-2024", 17, thresholds(("PK60201", 30), ("PK60202", None)))
    command = replace(WIDEN, thresholds=(thresholds(("PK60201", 50), ("PK60301", 40)),), snapshot_position=99)
    new = ThresholdsSet(TODAY, "flood-2024", 99, thresholds(("PK60301", 40)))
    given(FLOOD, first).when(command, SHARES).then(WIDENED, new)
    moved = ThresholdsSet(TODAY, "flood-2024", 99, thresholds(("PK60201", 50), ("PK60202", 50)))
    held = folded([FLOOD, first, moved]).limits["relief"]
    assert held == {"PK60201": Limit(b"card", Decimal(30)), "PK60202": Limit(b"card", None)}


# Approval


TOO_MANY = replace(DECLARE, households=HOUSEHOLDS_BY_ONE_MAX + 1, by="Amir")
(PROPOSED,) = decide(TOO_MANY, None)
APPROVE = ApproveShock("flood-2024", TODAY, "Bushra")


def test_as_many_as_one_person_may_declare_are_declared():
    counted = StruckCounted(FLOOD.on, "flood-2024", HOUSEHOLDS_BY_ONE_MAX, "Amir")
    assert decide(replace(TOO_MANY, households=HOUSEHOLDS_BY_ONE_MAX), None) == [FLOOD, counted]


def test_more_are_proposed_and_hold_only_when_another_person_approves():
    assert isinstance(PROPOSED, ShockProposed)
    assert evolve(None, PROPOSED) is None
    assert decide(APPROVE, None, {}, PROPOSED) == [replace(FLOOD, on=TODAY)]
    assert decide(replace(APPROVE, thresholds=(thresholds(),)), None, SHARES, PROPOSED)[1:] == [
        ThresholdsSet(TODAY, "flood-2024", 0, thresholds())
    ]


@pytest.mark.parametrize("by", ["Amir", " amir ", "", "AMIR"])
def test_nobody_approves_what_they_proposed_themselves(by):
    with pytest.raises(Rejected, match="another person must approve it"):
        decide(replace(APPROVE, by=by), None, {}, PROPOSED)


def test_neither_case_nor_spaces_make_another_person():
    assert as_compared(" Sania   Khan") == as_compared("sania khan") != as_compared("saniakhan")


def test_only_what_is_proposed_is_approved():
    with pytest.raises(Rejected, match="No shock is proposed"):
        decide(APPROVE, None)
    with pytest.raises(Rejected, match="declared already"):
        decide(APPROVE, folded([FLOOD]))


def test_what_is_proposed_is_not_proposed_again_and_keeps_its_name():
    assert decide(TOO_MANY, None, {}, PROPOSED) == []
    assert decide(replace(TOO_MANY, households=3), None, {}, PROPOSED) == []
    with pytest.raises(Rejected, match="awaits approval"):
        decide(replace(TOO_MANY, places=("PK7",)), None, {}, PROPOSED)


def test_a_count_is_stated_by_whoever_declares_or_widens():
    for command in (DeclareShock, WidenShock):
        assert {field.name: field.required for field in fields(command)}["households"]


def test_a_declaration_that_was_counted_anew_is_the_same_one():
    given(FLOOD).when(replace(DECLARE, households=17, by="Bushra")).then_nothing()


HALF = HOUSEHOLDS_BY_ONE_MAX // 2
WIDEN_BY_HALF = replace(WIDEN, households=HALF, by=" AMIR")


def test_what_one_person_adds_is_held_together_with_what_they_declared_and_added_before():
    shock = folded([FLOOD])
    counted = StruckCounted(TODAY, "flood-2024", HALF, " AMIR")
    assert decide(WIDEN_BY_HALF, shock, alone={"amir": HALF}) == [WIDENED, counted]
    with pytest.raises(Rejected, match="AMIR declared or added 50,001 alone already"):
        decide(WIDEN_BY_HALF, shock, alone={"amir": HALF + 1})
    assert decide(WIDEN_BY_HALF, shock, alone={"bushra": HOUSEHOLDS_BY_ONE_MAX}) == [WIDENED, counted]


def test_what_is_covered_already_is_no_widening_however_many_live_there():
    again = replace(WIDEN, places=("PK60201",), households=HOUSEHOLDS_BY_ONE_MAX + 1)
    given(FLOOD).when(again).then_nothing()


WITHDRAW = WithdrawProposal("flood-2024", TODAY, "no water")


def test_what_is_proposed_is_withdrawn_with_a_reason():
    assert decide(WITHDRAW, None, {}, PROPOSED) == [ShockProposalWithdrawn(TODAY, "flood-2024", "no water")]
    with pytest.raises(Rejected, match="Say why"):
        decide(replace(WITHDRAW, reason=" "), None, {}, PROPOSED)


def test_only_what_is_proposed_is_withdrawn():
    given().when(WITHDRAW).then_rejected("No shock is proposed as 'flood-2024'")
    given(FLOOD).when(WITHDRAW).then_rejected("it is lifted or revoked, and not withdrawn")


def test_places_cover_what_lies_in_them():
    notified = Notified(TODAY, ("PK602", "PK70101/Saddar"))
    codes = ("PK602", "PK60201", "PK60201/Kot", "PK6", "PK70101", "PK70101/Saddar", "PK70101/Other")
    assert [notified.covers(code) for code in codes] == [True, True, True, False, False, True, False]
