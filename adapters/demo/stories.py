"""What happens to the households of the cast, one story each, on fixed days of the year."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from msgspec.structs import replace

from adapters.demo import changes, flood
from adapters.demo.cast import Cast
from adapters.demo.desk import Desk, Home
from adapters.demo.interviews import brought, surveyed
from adapters.demo.people import MadeUp, questionnaire
from adapters.demo.programme_office import Office
from adapters.demo.whereabouts import BY_CODE, some_place
from adapters.submissions.shape import (
    ContactChanges,
    Correction,
    Erasure,
    GenderChanges,
    Merge,
    Recertification,
    RosterUpdate,
    ShockSurvey,
    Split,
)
from domain.questionnaire.codes import (
    Asset,
    CentreKind,
    DrinkingWater,
    EmploymentNature,
    Evidence,
    OccupationGroup,
    ProgrammeReport,
    Relation,
    Sex,
    Structure,
)

Story = Callable[[date], str]


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
        (date(2022, 9, 12), lambda day: dropped(office, day, ProgrammeReport.SUSPENDED)),
        (date(2022, 9, 19), lambda day: struck(desk, cast.late, day)),
        (date(2022, 10, 3), lambda day: struck(desk, cast.groom, day)),
        (date(2022, 10, 10), lambda day: dropped(office, day, ProgrammeReport.EXITED)),
        (date(2022, 11, 14), lambda _: arrived_late(desk, cast.late, date(2022, 4, 6))),
        (date(2022, 11, 21), lambda day: mourned(desk, cast.groom, day)),
    ]


def certified_again(desk: Desk, home: Home, day: date) -> str:
    """Three years after its survey a beneficiary household is asked again: a son earns now, they have a television."""
    made = home.made
    people = tuple(
        replace(each, work=OccupationGroup.ELEMENTARY, nature=EmploymentNature.DAY_LABOUR)
        if each in changes.grooms(home, day)
        else each
        for each in made.people
    )
    answers = replace(made.answers, assets={**made.answers.assets, Asset.TELEVISION: 1})
    desk.survey_again(home, day, Recertification, replace(made, people=people, answers=answers))
    return "A beneficiary household is certified again, three years after its survey."


def sent_twice(desk: Desk, home: Home, day: date) -> str:
    """A desk is not sure that its submission arrived and sends it again; then it uses its id for something else."""
    taken = brought(desk.rng, day, home.made.place)
    phones, others = (desk.numbers.phone(),), (desk.numbers.phone(),)

    def submission(numbers: tuple[str, ...]) -> RosterUpdate:
        return RosterUpdate(**taken.fields(), household=home.household, changes=(ContactChanges(phones=numbers),))

    desk.send(submission(phones), taken.sent_at)
    desk.send(submission(phones), taken.sent_at)
    desk.send(submission(others), taken.sent_at, refused=True)
    home.made = replace(home.made, phones=phones)
    return "A submission is sent twice (the second changes nothing), then its id is used for another (refused)."


def married(desk: Desk, cast: Cast, day: date) -> str:
    """A daughter marries into a household two districts away."""
    changes.marriage(desk, cast.bride, cast.groom, day)
    return "A daughter of one registered household marries a son of another: her number and her key move with her."


def certified_disability(desk: Desk, home: Home, day: date) -> str:
    """A disability that was known is certified: for this household the relaxed cut-off counts now."""
    who = next(each for each in home.made.people if each.disabilities)
    changes.certify(desk, home, day, who, who.disabilities)
    return "A disability is certified: for that household the relaxed cut-off of 37 counts now."


def card_says_so_now(desk: Desk, home: Home, day: date) -> str:
    """The citizen register issues a new card, and the registry follows it."""
    head = home.made.head
    change = GenderChanges(
        member=desk.members(home)[head.line], to=Sex.TRANSGENDER, evidence=(Evidence.CNIC, Evidence.CITIZEN_REGISTER)
    )
    people = tuple(replace(each, sex=Sex.TRANSGENDER) if each is head else each for each in home.made.people)
    desk.update(home, day, replace(home.made, people=people), change)
    return "A transgender person's new card is recorded: there is somebody to be paid in that household now."


def parted(desk: Desk, home: Home, day: date) -> str:
    """A married son moves out with his wife and children."""
    made, members = home.made, desk.members(home)
    going = {each.line: each for each in made.people if each.family > 1}
    relations = {
        members[line]: Relation.HEAD
        if each.relation is Relation.CHILD
        else Relation.SPOUSE
        if each.relation is Relation.CHILD_IN_LAW
        else Relation.CHILD
        for line, each in going.items()
    }
    place = some_place(desk.rng, BY_CODE[made.place.code])
    desk.bring(brought(desk.rng, day, place), Split, household=home.household, members=relations, place=place)
    for each in going.values():
        home.made = changes.without(home.made, each)
    return "A married son parts from his parents' household with his wife and children."


def erased(desk: Desk, home: Home, day: date) -> str:
    """Somebody has her identity erased; what she lived in stays known without her."""
    member = desk.members(home)[home.made.people[1].line]
    taken = brought(desk.rng, day, home.made.place)
    desk.bring(taken, Erasure, household=home.household, member=member, authority="demo: request 2022/17 of the person")
    return "A person's identity is erased at her request: her key is destroyed, the history stays."


def merged(desk: Desk, cast: Cast, day: date) -> str:
    """Two registrations turn out to be one household."""
    stays, goes = desk.members(cast.twice), desk.members(cast.duplicate)
    same = {goes[line]: stays[line] for line in goes if line in stays}
    taken = brought(desk.rng, day, cast.twice.made.place)
    desk.bring(taken, Merge, household=cast.twice.household, duplicate=cast.duplicate.household, same_person=same)
    return "A household that was registered twice is merged into one."


def corrected(desk: Desk, home: Home, day: date) -> str:
    """The refrigerator in a survey was the neighbour's."""
    made = home.made
    right = replace(made, answers=replace(made.answers, assets={**made.answers.assets, Asset.REFRIGERATOR: 0}))
    desk.bring(
        brought(desk.rng, day, made.place),
        Correction,
        household=home.household,
        corrects=home.survey,
        reason="the refrigerator is the neighbour's",
        survey=questionnaire(right, home.surveyed_on),
    )
    home.made = right
    return "A survey of 2020 is corrected: it counted the neighbour's refrigerator."


def dropped(office: Office, day: date, report: ProgrammeReport) -> str:
    """The programme suspends a household, or lets it go."""
    home = next(home for home in office.enrolled if not home.is_set_aside)
    home.is_set_aside = True
    office.report(home, day, report)
    return f"{office.programme.capitalize()} reports a household {report.word}."


def struck(desk: Desk, home: Home, day: date) -> str:
    """A household of the cast is asked again after the flood: the television is gone, and the hand pump."""
    desk.survey_again(home, day, ShockSurvey, _washed_out(home.made), shock=flood.NAME)
    return "A household that the flood struck is surveyed again."


def _washed_out(made: MadeUp) -> MadeUp:
    kept = (Asset.MOBILE_PHONE,)
    lost = {asset: number if asset in kept else 0 for asset, number in made.answers.assets.items()}
    dwelling = replace(
        made.answers.dwelling, structure=Structure.KACHA, drinking_water=DrinkingWater.POND_CANAL_OR_RIVER
    )
    animals = dict.fromkeys(made.answers.livestock, 0)
    answers = replace(made.answers, dwelling=dwelling, assets=lost, livestock=animals, owns_livestock=False)
    return replace(made, answers=answers)


def arrived_late(desk: Desk, home: Home, day: date) -> str:
    """A van's tablet with a survey from before the flood is found; what was learnt since then stays as it is."""
    before = replace(home.made, answers=replace(home.made.answers, assets={Asset.TELEVISION: 1}))
    taken = surveyed(desk.rng, day, before.place, CentreKind.VAN)
    desk.send(
        Recertification(**taken.fields(), household=home.household, survey=questionnaire(before, day)),
        datetime(2022, 11, 14, 6, 30, tzinfo=UTC),
    )
    return "A survey of April arrives in November, after a newer one: it is kept, and overwrites nothing."


def mourned(desk: Desk, home: Home, day: date) -> str:
    """The head's old mother dies."""
    changes.death(desk, home, day, next(each for each in home.made.people if each.relation is Relation.PARENT))
    return "A grandmother dies; her family is no longer paid."
