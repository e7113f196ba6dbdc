"""Every example of docs/submissions.md is read and accepted, in the order of the page."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.documents.mapping import load_mapping
from adapters.documents.programme import find_programme_file, load_programme
from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.home import REPOSITORY
from adapters.registry.importing import Rejects, import_survey
from adapters.registry.opening import Registry
from adapters.submissions.read import read_submission
from adapters.submissions.shape import AnySubmission, Erasure
from adapters.surveys.survey import Survey
from domain.programme import AppealRule, OpenProgramme, SetCutOff
from domain.questionnaire.codes import Comparison, Hazard
from domain.shock_rules import DeclareShock
from tests.households import Clock, memory_registry, proposed

PAGE = (REPOSITORY / "docs" / "submissions.md").read_text()
LINES = [line for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
FILES = dict(re.findall(r"`(\S+\.(?:csv|toml))`:\n\n```\w+\n(.*?)```", PAGE, re.DOTALL))
APPEAL = AppealRule(Decimal(68))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """A registry with a card, a programme that takes appeals, and a flood."""
    registry = memory_registry(tmp_path, Clock())
    card = adoption(adoptable("pakistan_schreiner_2009"), date(2009, 1, 1))
    registry.desk.adopt(card, "director")
    rule = load_programme(find_programme_file("kafaalat")).rule
    open_to_appeals = replace(rule, appeal=APPEAL)
    begins = date(2022, 1, 1)
    registry.desk.programme(OpenProgramme("kafaalat", open_to_appeals, begins), "director")
    cutoff = (Decimal(32), Comparison.AT_OR_UNDER, card.content_hash, card.scorecard_id, begins)
    registry.desk.programme(SetCutOff("kafaalat", *cutoff), "director")
    window = (date(2022, 8, 25), date(2023, 8, 25))
    flood = DeclareShock("flood-2022", Hazard.FLOOD, window[0], window[0], ("PK602",), *window, "NDMA", 0)
    registry.desk.shock(flood, "director")
    return registry


def own_ids(registry: Registry, known: dict[str, UUID]) -> dict[str, UUID]:
    """The registry's ids for those that stand on the page: households by their letter, members by letter and line."""
    ids = {f"00000000-0000-8000-8000-00000000000{letter}": household for letter, household in known.items()}
    for letter, household in known.items():
        state = registry.reader.household(household)
        assert state is not None
        ids |= {
            f"00000000-0000-8000-8000-0000000000{letter}{member.line}": member.member_id
            for member in state.roster.values()
        }
    return ids


def test_every_kind_has_an_example():
    kinds = {str(kind.__struct_config__.tag) for kind in AnySubmission.__args__}
    assert {json.loads(line)["kind"] for line in LINES} == kinds


@pytest.mark.parametrize("line", LINES, ids=lambda line: json.loads(line)["submission_id"][-2:])
def test_an_example_can_be_read(line: str):
    assert read_submission(line.encode())


def test_all_examples_are_accepted_in_the_order_of_the_page(registry: Registry):
    households: dict[str, UUID] = {}
    ids: dict[str, UUID] = {}
    for line in LINES:
        text = line
        for shown, real in ids.items():
            text = text.replace(shown, str(real))
        assert "-8000-8000-0000000000" not in text, text
        submission = read_submission(text.encode())
        answer = registry.door.submit(proposed(registry, submission) if isinstance(submission, Erasure) else submission)
        assert answer.accepted, (json.loads(line)["kind"], answer.reasons)
        for household in (answer.household, *answer.others):
            if household is not None and household not in households.values():
                households["abc"[len(households)]] = household
        ids = own_ids(registry, households) | ids


def test_the_survey_of_the_page_is_imported_whole(registry: Registry, tmp_path: Path):
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    survey = Survey(load_mapping(tmp_path / "kot.toml"), tmp_path / "homes.csv", tmp_path / "people.csv")
    done = import_survey(registry.door, survey, Rejects(tmp_path / "rejects.ndjson"))
    assert (done.read, done.registered, done.people_registered, done.refused) == (2, 2, 3, 0)
