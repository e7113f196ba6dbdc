"""Tokens compare numbers and names however they were written, and give nothing of them away."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.keys.tokens import (
    TokenKey,
    cnic_token,
    name_tokens,
    normalise_cnic,
    normalise_name,
    normalise_phone,
    phone_token,
    token,
)
from domain.refusal import Rejected

KEY = TokenKey(1, bytes(range(32)))
OTHER_KEY = TokenKey(2, bytes(range(1, 33)))
INVENTED_CNIC = "95202-1234567-1"

cnics = st.from_regex(r"9[0-8][0-9]{11}", fullmatch=True)


@pytest.mark.parametrize(
    "written",
    ["9520212345671", "95202-1234567-1", " 95202 1234567 1 ", "95202–1234567–1", "۹۵۲۰۲-۱۲۳۴۵۶۷-۱", "٩٥٢٠٢-١٢٣٤٥٦٧-١"],
)
def test_a_cnic_reads_the_same_however_it_is_written(written):
    assert normalise_cnic(written) == "9520212345671"


@pytest.mark.parametrize(
    ("written", "because"),
    [
        ("", "digits and dashes only"),
        ("952021234567", "this one has 12"),
        ("95202123456712", "this one has 14"),
        ("95202-123456A-1", "digits and dashes only"),
        ("95202-1234567-²", "digits and dashes only"),
        ("0520212345671", "never issued"),
        ("9999999999999", "never issued"),
    ],
)
def test_a_cnic_that_cannot_be_one_is_refused_without_repeating_it(written, because):
    with pytest.raises(Rejected, match=because) as refusal:
        normalise_cnic(written)
    assert not written or written not in str(refusal.value)
    assert "52021" not in str(refusal.value)


@given(st.text(max_size=40))
def test_any_text_is_a_cnic_or_refused(text):
    try:
        assert len(normalise_cnic(text)) == 13
    except Rejected as refusal:
        digits = "".join(character for character in text if character.isdigit())
        assert len(digits) < 4 or digits not in str(refusal)  # noqa: PT017 - both outcomes are right


@given(cnics, cnics)
def test_two_cnics_share_a_token_only_when_they_are_the_same(first, second):
    assert (cnic_token(KEY, first) == cnic_token(KEY, second)) == (first == second)


@pytest.mark.parametrize(
    "written",
    ["03001234567", "0300 1234567", "0300-123-4567", "+92 300 1234567", "00923001234567", "923001234567", "3001234567"],
)
def test_a_mobile_number_reads_the_same_however_it_is_written(written):
    assert normalise_phone(written) == "+923001234567"


@pytest.mark.parametrize("written", ["", "0421234567", "030012345678", "0300123456", "+44 300 1234567", "0300 12E4567"])
def test_what_is_no_mobile_number_is_refused_without_repeating_it(written):
    with pytest.raises(Rejected, match="03xx xxxxxxx") as refusal:
        normalise_phone(written)
    assert not written or written not in str(refusal.value)


def test_tokens_of_the_first_year_are_still_found():
    assert cnic_token(KEY, INVENTED_CNIC) == UUID("f9fe7d59-b9f9-c1ea-5572-1f27c81d5727")
    assert phone_token(KEY, "03001234567") == UUID("2b4bd370-ef04-6481-473f-162a7b461e01")
    assert name_tokens(KEY, "Bilal Ahmed") == (
        UUID("4ec661fa-db0e-2e62-59b3-455bb69e756f"),
        UUID("ec054b2c-add3-bdd3-1045-f6a5b487fc2c"),
        UUID("5f236b2a-9377-a5e0-52f4-0d951dfa5795"),
    )


def test_a_value_has_another_token_for_another_purpose_and_under_another_key():
    made = {token(key, purpose, "9520212345671") for key in (KEY, OTHER_KEY) for purpose in ("cnic", "phone", "name")}
    assert len(made) == 6


def test_a_token_key_does_not_print_its_secret():
    assert repr(KEY) == "TokenKey(version=1)"
    assert [*KEY.__rich_repr__()] == [("version", 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bilal Ahmed", "  BILAL   ahmed. "),
        ("Noor-ul-Ain", "noor ul ain"),
        ("D'Souza", "Dsouza"),
        ("Zoë", "zoe"),
        ("علي", "علی"),  # Arabic and Urdu yeh
        ("كريم", "کریم"),  # Arabic and Urdu kaf
        ("مُحَمَّد", "محمد"),  # with and without vowel signs
        ("آمنہ", "امنه"),  # alef with madda; Urdu and Arabic heh
        ("بلال‌احمد", "بلالاحمد"),  # a joiner that cannot be seen
    ],
)
def test_a_name_reads_the_same_however_it_is_written(one, other):
    assert normalise_name(one) == normalise_name(other)
    assert name_tokens(KEY, one) == name_tokens(KEY, other)


def test_different_urdu_names_stay_different():
    names = ["علی", "عالیہ", "کریم", "اکرم", "محمد", "احمد", "آمنہ", "بلال"]
    assert len({name_tokens(KEY, name) for name in names}) == len(names)


def test_a_name_is_found_by_each_word_and_as_a_whole_however_it_is_parted():
    *words, whole = name_tokens(KEY, "Abdul Rehman")
    assert name_tokens(KEY, "Abdul") == (words[0],)
    assert name_tokens(KEY, "Rehman") == (words[1],)
    assert name_tokens(KEY, "Abdulrehman") == (whole,)


def test_a_word_said_twice_has_one_token():
    assert len(name_tokens(KEY, "Ali Ali")) == 2


@pytest.mark.parametrize("nothing", ["", "   ", "-", "...", "‌"])
def test_a_name_without_letters_has_no_tokens(nothing):
    assert name_tokens(KEY, nothing) == ()


@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_the_short_way_for_plain_letters_agrees_with_the_long_one(name):
    assert "".join(normalise_name(name)) == "".join(normalise_name(name + "é"))[:-1]
