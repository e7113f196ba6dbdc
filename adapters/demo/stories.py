"""What happens to the households of the cast, one story each, on fixed days of the year."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from msgspec.structs import replace

from adapters.demo import changes, flood
from adapters.demo.by_hand import LABOURER
from adapters.demo.cast import Cast
from adapters.demo.desk import Desk, Home
from adapters.demo.interviews import brought, surveyed
from adapters.demo.programme_office import Office
from adapters.demo.whereabouts import BY_CODE, some_place
from adapters.lives import matters
from adapters.submissions.shape import (
    ContactChanges,
    Correction,
    DisabilityChanges,
    Erasure,
    GenderChanges,
    Merge,
    Recertification,
    RosterUpdate,
    ShockSurvey,
    Split,
)
from domain.questionnaire.answers import Answers
from domain.questionnaire.codes import (
    Asset,
    CentreKind,
    DrinkingWater,
    Evidence,
    ProgrammeReport,
    Relation,
    Sex,
)

Story = Callable[[date], str]

_AMONG_THEMSELVES = {
    Relation.CHILD: Relation.HEAD,
    Relation.CHILD_IN_LAW: Relation.SPOUSE,
    Relation.GRANDCHILD: Relation.CHILD,
}
"""What those who part become to each other, by what they were to the head."""


def told(cast: Cast, desk: Desk, office: Office) -> list[tuple[date, Story]]:
    """Every story and its day."""
    return [
        (date(2022, 3, 14), lambda day: certified_again(desk, cast.groom, day)),
        (date(2022, 3, 28), lambda day: sent_twice(desk, cast.certified, day)),
        (date(2022, 4, 25), lambda day: married(desk, cast, day)),
        (date(2022, 5, 9), lambda day: certified_disability(desk, cast.certified, day)),
        (date(2022, 5, 16), lambda day: card_says_so_now(desk, cast.unrecorded, day)),
        (date(2022, 6, 13), lambda day: parted(desk, cast.parting, day)),
        (date(2022, 6, 20), lambda day: erased(desk, cast.parting, day)),
        (date(2022, 7, 4), lambda day: merged(desk, cast, day)),
        (date(2022, 7, 18), lambda day: corrected(desk, cast.mistaken, day)),
        (date(2022, 9, 12), lambda day: dropped(office, cast.suspended, day, ProgrammeReport.SUSPENDED)),
        (date(2022, 9, 19), lambda day: struck(desk, cast.late, day)),
        (date(2022, 10, 3), lambda day: struck(desk, cast.groom, day)),
        (date(2022, 10, 10), lambda day: dropped(office, cast.let_go, day, ProgrammeReport.EXITED)),
        (date(2022, 11, 14), lambda _: arrived_late(desk, cast.late, date(2022, 4, 6))),
        (date(2022, 11, 21), lambda day: mourned(desk, cast.groom, day)),
    ]


def certified_again(desk: Desk, home: Home, day: date) -> str:
    """Three years after its survey a beneficiary household is asked again: a son earns now, they have a television."""
    for son in changes.grooms(home, day):
        home.set(son.person.line, **LABOURER)
    home.answers = replace(home.answers, assets={**home.answers.assets, Asset.TELEVISION: 1})
    desk.survey_again(home, day, Recertification)
    return "A beneficiary household is certified again, three years after its survey."


def sent_twice(desk: Desk, home: Home, day: date) -> str:
    """A desk is not sure that its submission arrived and sends it again; then it uses its id for something else."""
    taken = brought(desk.rng, day, home.place)
    phones, others = (desk.numbers.phone(),), (desk.numbers.phone(),)

    def submission(numbers: tuple[str, ...]) -> RosterUpdate:
        return RosterUpdate(**taken.fields(), household=home.household, changes=(ContactChanges(phones=numbers),))

    desk.send(submission(phones), taken.sent_at)
    desk.send(submission(phones), taken.sent_at)
    desk.send(submission(others), taken.sent_at, refused=True)
    home.phones = phones
    return "A submission is sent twice (the second changes nothing), then its id is used for another (refused)."


def married(desk: Desk, cast: Cast, day: date) -> str:
    """A daughter marries into a household two districts away."""
    changes.marriage(desk, cast.bride, cast.groom, day)
    return "A daughter of one registered household marries a son of another: her number and her key move with her."


def certified_disability(desk: Desk, home: Home, day: date) -> str:
    """A disability that was known is certified: for this household the relaxed cut-off counts now."""
    who = next(one for one in home.people.values() if one.person.disabilities)
    kinds, evidence = who.person.disabilities, (Evidence.DISABILITY_CERTIFICATE,)
    home.set(who.person.line, disability_certified=True)
    desk.update(home, day, DisabilityChanges(member=who.member_id, to=kinds, certified=True, evidence=evidence))
    return "A disability is certified: for that household the relaxed cut-off of 37 counts now."


def card_says_so_now(desk: Desk, home: Home, day: date) -> str:
    """The citizen register issues a new card, and the registry follows it."""
    head, evidence = home.people[1], (Evidence.CNIC, Evidence.CITIZEN_REGISTER)
    home.set(1, sex=Sex.TRANSGENDER)
    desk.update(home, day, GenderChanges(member=head.member_id, to=Sex.TRANSGENDER, evidence=evidence))
    return "A transgender person's new card is recorded: there is somebody to be paid in that household now."


def parted(desk: Desk, home: Home, day: date) -> str:
    """A married son moves out with his wife and children."""
    going = [one for one in home.people.values() if one.person.family > 1]
    relations = {one.member_id: _AMONG_THEMSELVES[one.person.relation] for one in going}
    place = some_place(desk.rng, BY_CODE[home.place.code])
    desk.bring(brought(desk.rng, day, place), Split, household=home.household, members=relations, place=place)
    for one in going:
        home.remove(one.person.line)
    return "A married son parts from his parents' household with his wife and children."


def erased(desk: Desk, home: Home, day: date) -> str:
    """Somebody has her identity erased, by two people; what she lived in stays known without her."""
    taken, who = brought(desk.rng, day, home.place), home.people[2].member_id
    authority = "demo: request 2022/17 of the person"
    desk.clock.move_to(taken.sent_at)
    desk.registry.key_desk.propose(home.household, who, authority, "demo: supervisor")
    desk.bring(taken, Erasure, household=home.household, member=who, authority=authority)
    return "A person's identity is erased at her request, by two people: her key is destroyed, the history stays."


def merged(desk: Desk, cast: Cast, day: date) -> str:
    """Two registrations turn out to be one household."""
    stays, goes = cast.twice.ids, cast.duplicate.ids
    same = {goes[line]: stays[line] for line in goes}
    taken = brought(desk.rng, day, cast.twice.place)
    desk.bring(taken, Merge, household=cast.twice.household, duplicate=cast.duplicate.household, same_person=same)
    return "A household that was registered twice is merged into one."


def corrected(desk: Desk, home: Home, day: date) -> str:
    """The refrigerator in a survey was the neighbour's."""
    home.answers = replace(home.answers, assets={**home.answers.assets, Asset.REFRIGERATOR: 0})
    desk.bring(
        brought(desk.rng, day, home.place),
        Correction,
        household=home.household,
        corrects=home.first.submission_id,
        reason="the refrigerator is the neighbour's",
        survey=replace(home.first.survey, answers=home.answers),
    )
    return "A survey of 2020 is corrected: it counted the neighbour's refrigerator."


def dropped(office: Office, home: Home, day: date, report: ProgrammeReport) -> str:
    """The programme suspends a household, or lets it go."""
    office.report(home, day, report)
    return f"{office.programme.capitalize()} reports a household {report.word}."


def struck(desk: Desk, home: Home, day: date) -> str:
    """A household of the cast is asked again after the flood: the television is gone, and the hand pump."""
    home.answers = _washed_out(home.answers)
    desk.survey_again(home, day, ShockSurvey, shock=flood.NAME)
    return "A household that the flood struck is surveyed again."


def _washed_out(answers: Answers) -> Answers:
    kept = (Asset.MOBILE_PHONE,)
    lost = {asset: number if asset in kept else 0 for asset, number in answers.assets.items()}
    dwelling = replace(answers.dwelling, drinking_water=DrinkingWater.POND_CANAL_OR_RIVER)
    animals = dict.fromkeys(answers.livestock, 0)
    return replace(answers, dwelling=dwelling, assets=lost, livestock=animals, owns_livestock=False)


def arrived_late(desk: Desk, home: Home, day: date) -> str:
    """A van's tablet with a survey from before the flood is found; what was learnt since then stays as it is."""
    before = Home(home.first, desk.sealer, desk.rng)
    before.answers = replace(before.answers, assets={**before.answers.assets, Asset.TELEVISION: 1})
    taken = surveyed(desk.rng, day, before.place, CentreKind.VAN)
    desk.send(
        Recertification(**taken.fields(), household=home.household, survey=desk.asked_again(before, day)),
        datetime(2022, 11, 14, 6, 30, tzinfo=UTC),
    )
    return "A survey of April arrives in November, after a newer one: it is kept, and overwrites nothing."


def mourned(desk: Desk, home: Home, day: date) -> str:
    """The head's old mother dies."""
    mother = next(one for one in home.people.values() if one.person.relation is Relation.PARENT)
    desk.tell(home, day, matters.death(mother.member_id))
    return "A grandmother dies; her family is no longer paid."
