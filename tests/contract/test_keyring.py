"""Keyrings: one contract for every adapter of the port, the key file and the module."""

import base64
import os
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from adapters.faults import Refused, WorldFailed
from adapters.keys import people
from adapters.keys.choosing import keyring_place
from adapters.keys.keyring import KeyringPlace
from adapters.keys.people import Identity
from adapters.keys.sealing import SealBroken
from tests.people import AMINA_ID
from tests.soft_tokens import LIBRARY, NEVER_OPENED, TOKEN, SoftToken, needs_soft_token, soft_token

TODAY = datetime(2026, 3, 14, tzinfo=UTC)
KEY = bytes(range(32))

MakePlace = Callable[[], KeyringPlace]


@pytest.fixture(scope="session")
def token(tmp_path_factory) -> Iterator[SoftToken]:
    with soft_token(tmp_path_factory.mktemp("soft-token")) as made:
        yield made


@pytest.fixture
def key() -> str:
    return f"keys {secrets.token_hex(4)}"


@pytest.fixture(params=["file", pytest.param("module", marks=needs_soft_token)])
def make_place(request, tmp_path, key) -> MakePlace:
    """Makes the same place anew each time, as another process would."""
    if request.param == "file":
        return lambda: keyring_place(tmp_path, {})
    settings = request.getfixturevalue("token").settings(key)
    return lambda: in_module(tmp_path, settings)


def in_module(home: Path, settings: Path, **environ: str) -> KeyringPlace:
    return keyring_place(home, {"GHARANA_KEYRING": str(settings), **environ})


def test_what_was_wrapped_opens_for_whom_it_was_wrapped(make_place):
    keyring = make_place().open_or_make(TODAY)
    wrapped = keyring.wrap_many([(KEY, b"amina"), (KEY[::-1], b"bilal")])
    assert keyring.unwrap_many([(wrapped[0], b"amina"), (wrapped[1], b"bilal")]) == [KEY, KEY[::-1]]
    assert [len(each) for each in wrapped] == [61, 61]


def test_a_wrapped_key_opens_for_nobody_else(make_place):
    keyring = make_place().open_or_make(TODAY)
    with pytest.raises(SealBroken, match="belongs to someone else"):
        keyring.unwrap(keyring.wrap(KEY, b"amina"), b"bilal")


@pytest.mark.parametrize("damaged", range(0, 61, 12))
def test_a_wrapped_key_that_was_altered_does_not_open(make_place, damaged):
    keyring = make_place().open_or_make(TODAY)
    wrapped = bytearray(keyring.wrap(KEY, b"amina"))
    wrapped[damaged] ^= 0x40
    for tried in (bytes(wrapped), bytes(wrapped[:damaged]), b""):
        with pytest.raises(SealBroken):
            keyring.unwrap(tried, b"amina")


def test_a_later_start_opens_the_same_keys(make_place):
    first, again = make_place().open_or_make(TODAY), make_place().open_or_make(TODAY)
    assert again.unwrap(first.wrap(KEY, b"amina"), b"amina") == KEY
    assert again.token_key() == first.token_key()
    assert again.registry_secret() == first.registry_secret()
    assert again.fingerprint() == first.fingerprint()


def test_after_a_rotation_the_new_master_key_wraps_and_the_old_one_still_opens(make_place):
    before = make_place().open_or_make(TODAY)
    old = before.wrap(KEY, b"amina")
    after = make_place().rotate(TODAY)
    assert after.master_versions() == (1, 2)
    assert (old[0], after.wrap(KEY, b"amina")[0]) == (1, 2)
    assert after.unwrap(old, b"amina") == KEY
    assert after.fingerprint() == before.fingerprint()


def test_a_process_that_was_there_before_the_rotation_opens_what_is_wrapped_after_it(make_place):
    before = make_place().open_or_make(TODAY)
    after = make_place().rotate(TODAY)
    assert before.unwrap(after.wrap(KEY, b"amina"), b"amina") == KEY
    assert before.wrap(KEY, b"amina")[0] == 2


def test_what_a_retired_master_key_wrapped_opens_for_nobody(make_place):
    old = make_place().open_or_make(TODAY).wrap(KEY, b"amina")
    make_place().rotate(TODAY)
    after = make_place().retire(2)
    assert after.master_versions() == (2,)
    for keyring in (after, make_place().open()):
        with pytest.raises(SealBroken, match="master key 01"):
            keyring.unwrap(old, b"amina")
    assert after.fingerprint() == make_place().open().fingerprint()


def test_only_master_keys_older_than_the_one_named_are_retired(make_place):
    make_place().open_or_make(TODAY)
    wrapped = make_place().rotate(TODAY).wrap(KEY, b"amina")
    make_place().rotate(TODAY)
    after = make_place().retire(2)
    assert after.master_versions() == (2, 3)
    assert after.unwrap(wrapped, b"amina") == KEY


def test_a_child_process_opens_what_its_parent_wrapped(make_place):
    keyring = make_place().open_or_make(TODAY)
    wrapped = keyring.wrap(KEY, b"amina")
    child = os.fork()
    if child == 0:
        os._exit(0 if keyring.unwrap(wrapped, b"amina") == KEY else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert keyring.unwrap(wrapped, b"amina") == KEY


def test_a_whole_key_row_is_wrapped_anew_and_still_opens(make_place):
    keyring = make_place().open_or_make(TODAY)
    house = UUID(int=0x100)
    row, keys = people.new_household_keys(keyring, house, [AMINA_ID])
    sealed = people.seal_identity(keys.members[AMINA_ID], AMINA_ID, Identity("Amina"))
    rotated = make_place().rotate(TODAY)
    anew = people.rewrap(rotated, house, row)
    assert {people.versions_in(row), people.versions_in(anew)} == {frozenset({1}), frozenset({2})}
    assert people.open_identity(make_place().retire(2), anew, AMINA_ID, sealed) == Identity("Amina")


def test_what_was_exported_is_taken_back_where_it_was_lost_and_nowhere_else(make_place):
    place = make_place()
    first = place.open_or_make(TODAY)
    exported = place.export()
    with pytest.raises(Refused, match="is there already"):
        place.take_back(exported)
    Path(place.name).unlink()
    assert make_place().take_back(exported).fingerprint() == first.fingerprint()
    assert Path(place.name).stat().st_mode & 0o777 == 0o600


@needs_soft_token
def test_a_master_key_cannot_be_read_out_of_the_module(token, tmp_path, key):
    import pkcs11

    in_module(tmp_path, token.settings(key)).open_or_make(TODAY)
    with pkcs11.lib(str(LIBRARY)).get_token(token_label=TOKEN).open() as session:
        (found,) = session.get_objects({pkcs11.Attribute.LABEL: key})
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            found[pkcs11.Attribute.VALUE]


@needs_soft_token
def test_a_master_key_that_could_be_read_out_is_refused(token, tmp_path, key):
    import pkcs11

    in_module(tmp_path / "other", token.settings(f"{key} b")).open_or_make(TODAY)  # so that the process is logged in
    with pkcs11.lib(str(LIBRARY)).get_token(token_label=TOKEN).open(rw=True) as session:
        loose = {pkcs11.Attribute.EXTRACTABLE: True, pkcs11.Attribute.SENSITIVE: False}
        session.generate_key(pkcs11.KeyType.AES, 256, id=b"\x01", label=key, store=True, template=loose)
    with pytest.raises(Refused, match="can be read out of the module"):
        in_module(tmp_path, token.settings(key)).open_or_make(TODAY)


@needs_soft_token
def test_no_secret_lies_open_in_the_file_beside_the_module(token, tmp_path, key):
    place = in_module(tmp_path, token.settings(key))
    keyring = place.open_or_make(TODAY)
    exported = place.export()
    assert Path(place.name).stat().st_mode & 0o777 == 0o600
    for secret in (keyring.token_key().key, keyring.registry_secret()):
        assert base64.b64encode(secret)[:-4] not in exported


@needs_soft_token
def test_a_wrong_pin_is_told_in_a_sentence(token, tmp_path, key):
    with pytest.raises(Refused, match=r"PIN for token .* is wrong"):
        in_module(tmp_path, token.settings(key, token=NEVER_OPENED, pin="0" * 8)).open_or_make(TODAY)


@needs_soft_token
def test_a_pin_comes_from_the_environment_where_no_file_is_named(token, tmp_path, key):
    settings = token.settings(key)
    settings.write_text(settings.read_text().partition("pin_file")[0])
    with pytest.raises(Refused, match="GHARANA_KEYRING_PIN is empty"):
        in_module(tmp_path, settings).open_or_make(TODAY)
    in_module(tmp_path, settings, GHARANA_KEYRING_PIN=token.pin).open_or_make(TODAY)


@needs_soft_token
def test_a_pin_file_that_others_can_read_is_refused(token, tmp_path, key):
    settings = token.settings(key)
    (token.folder / f"{key}.pin").chmod(0o644)
    with pytest.raises(Refused, match="can be read by others"):
        in_module(tmp_path, settings).open_or_make(TODAY)


@needs_soft_token
def test_a_missing_token_is_told_in_a_sentence(token, tmp_path, key):
    with pytest.raises(Refused, match="holds no token labelled 'nowhere'"):
        in_module(tmp_path, token.settings(key, token="nowhere")).open_or_make(TODAY)


@needs_soft_token
def test_a_master_key_that_is_gone_is_told_in_a_sentence(token, tmp_path, key):
    in_module(tmp_path, token.settings(key)).open_or_make(TODAY)
    with pytest.raises(Refused, match="holds no master key labelled"):
        in_module(tmp_path, token.settings(f"{key} b")).open()


@needs_soft_token
def test_secrets_of_other_master_keys_are_refused(token, tmp_path, key):
    in_module(tmp_path, token.settings(key)).open_or_make(TODAY)
    in_module(tmp_path / "b", token.settings(f"{key} b")).open_or_make(TODAY)
    with pytest.raises(Refused, match="was not made with the master keys"):
        in_module(tmp_path, token.settings(f"{key} b")).open()


def test_a_missing_module_is_told_in_a_sentence(tmp_path):
    settings = SoftToken(tmp_path, "1234").settings("keys", library=Path("/nowhere/module.so"))
    with pytest.raises(WorldFailed, match=r"/nowhere/module\.so could not open its token"):
        in_module(tmp_path, settings).open_or_make(TODAY)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('format = "gharana-keyring/2"', "format: Input should be"),
        ('format = "gharana-keyring/1"\nkind = "vault"', "kind: Input should be 'pkcs11'"),
        ('format = "gharana-keyring/1"\nkind = "pkcs11"\npin = "1234"', "pin: Extra inputs are not permitted"),
        ("format = ", "not a TOML file"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_field_by_field(tmp_path, written, says):
    settings = tmp_path / "keyring.toml"
    settings.write_text(written)
    with pytest.raises(Refused, match=says):
        keyring_place(tmp_path, {"GHARANA_KEYRING": str(settings)})
