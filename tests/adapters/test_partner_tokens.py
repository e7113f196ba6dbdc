"""What stands for a household where a partner reads it: alike for one, unlike for two, and turned back by us."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from adapters.keys.file_keyring import open_or_make_key_file
from adapters.keys.partner_tokens import PartnerTokens
from domain.streams import household_stream

MADE_AT = datetime(2026, 11, 21, tzinfo=UTC)
HOUSEHOLDS = [household_stream(date(2026, 1, 1), number.to_bytes(13, "big")) for number in range(0, 400, 2)]


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> PartnerTokens:
    return tokens_of(tmp_path_factory.mktemp("keys"))


def tokens_of(folder: Path) -> PartnerTokens:
    return PartnerTokens(open_or_make_key_file(folder / "master.key", MADE_AT))


def made(tokens: PartnerTokens, partner: str) -> list[UUID]:
    return [tokens.token(partner, household.int) for household in HOUSEHOLDS]


def test_a_token_is_turned_back_into_the_household(tokens: PartnerTokens):
    assert [tokens.household("food-bank", token) for token in made(tokens, "food-bank")] == HOUSEHOLDS


def test_two_partners_cannot_join_their_lists(tokens: PartnerTokens):
    assert not set(made(tokens, "food-bank")) & set(made(tokens, "school-fund"))


def test_a_token_of_another_partner_leads_to_nobody(tokens: PartnerTokens):
    found = {tokens.household("school-fund", token) for token in made(tokens, "food-bank")}
    assert not found & set(HOUSEHOLDS)


def test_a_token_shows_nothing_of_the_id(tokens: PartnerTokens):
    """Households of one day share three bytes of their ids; of their tokens hardly any two do."""
    given = made(tokens, "food-bank")
    assert not set(given) & set(HOUSEHOLDS)
    assert len({token.bytes[:3] for token in given}) > len(given) - 5


def test_a_household_keeps_its_token_when_the_registry_is_opened_again(tmp_path: Path):
    assert made(tokens_of(tmp_path), "food-bank") == made(tokens_of(tmp_path), "food-bank")


def test_another_registry_gives_other_tokens(tokens: PartnerTokens, tmp_path: Path):
    assert not set(made(tokens, "food-bank")) & set(made(tokens_of(tmp_path), "food-bank"))
