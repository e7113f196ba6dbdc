"""What lives say, the registry takes: at its door, by its rules, with the ids that it gives itself."""

from datetime import timedelta
from itertools import islice

import msgspec
import pytest

from adapters.lives.bringing import bring
from adapters.lives.runs import read_runs, write_run
from adapters.lives.sending import read_again
from adapters.submissions.read import read_submission
from adapters.submissions.shape import Cyclic, MemberJoins, Recertification, RosterUpdate
from adapters.words import to_words
from domain.household.events import MemberJoined, MemberLeft
from domain.questionnaire.codes import JoinReason
from tests.lived.memory_registry import lives_in, registry_of
from tests.made_up_population import first_surveys

HOUSEHOLDS = 160
SEEDS = (3, 11)
REFUSED_MAX = 0.005


@pytest.fixture(scope="module")
def firsts():
    return first_surveys(HOUSEHOLDS)


@pytest.fixture(scope="module", params=SEEDS)
def brought(request, tmp_path_factory: pytest.TempPathFactory, firsts):
    registry = registry_of(tmp_path_factory.mktemp("keys"), firsts)
    stream = lives_in(registry, firsts, request.param)[0]
    return registry, stream, bring(registry.door, iter(stream))


def test_hardly_anything_is_refused(brought):
    _, stream, told = brought

    assert told.submissions == len(stream) > HOUSEHOLDS
    assert told.refused.total() <= REFUSED_MAX * told.submissions, told.examples


def test_what_is_sent_again_adds_nothing(brought):
    registry, stream, told = brought
    before = registry.log.last_position()
    again = bring(registry.door, iter(stream))

    assert (again.accepted.total(), again.again) == (0, told.accepted)
    assert registry.log.last_position() == before


def test_every_kind_of_submission_comes_through(brought):
    assert brought[2].accepted.keys() >= {
        "missed_out", "roster_update", "move", "cyclic", "recertification", "programme_report",
    }  # fmt: skip


def test_a_bride_leaves_one_roster_and_joins_another_in_one_step(brought):
    registry, stream, _ = brought
    weddings = [
        (one, change)
        for one in map(read_again, stream)
        if isinstance(one, RosterUpdate)
        for change in one.changes
        if isinstance(change, MemberJoins) and change.reason is JoinReason.MARRIAGE
    ]

    assert len(weddings) > HOUSEHOLDS / 20
    for one, _ in islice(weddings, 20):
        joined = [
            recorded.event
            for recorded in registry.reader.history(one.household)
            if recorded.envelope.submission == one.submission_id and isinstance(recorded.event, MemberJoined)
        ]
        bride = next(event for event in joined if event.reason is JoinReason.MARRIAGE)
        assert bride.from_household is not None
        left = [
            recorded.event.member_id
            for recorded in registry.reader.history(bride.from_household)
            if recorded.envelope.submission == one.submission_id and isinstance(recorded.event, MemberLeft)
        ]
        assert left == [bride.member.member_id]


def test_surveys_name_everybody_by_the_id_that_the_registry_gave(brought):
    registry, stream, _ = brought
    for one in map(read_again, stream):
        if isinstance(one, Cyclic | Recertification):
            day_before = registry.reader.household(one.household, as_of=one.on - timedelta(days=1))
            named = {person.member_id for person in one.survey.roster if person.member_id}
            assert named <= day_before.roster.keys()


def test_a_line_of_the_file_is_read_again_as_the_same_submission(brought):
    for one in brought[1]:
        submission = read_again(one)
        line = msgspec.json.encode(to_words(submission))

        assert msgspec.msgpack.encode(read_submission(line)) == msgspec.msgpack.encode(submission)


def test_runs_are_read_in_one_order(brought, tmp_path):
    stream = brought[1]
    paths = [tmp_path / "0.run", tmp_path / "1.run"]
    written = [write_run(path, stream[which::2]) for which, path in enumerate(paths)]

    assert sum(written) == len(stream)
    assert list(read_runs(paths)) == stream
