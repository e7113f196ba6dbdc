"""The key file: made once, readable by its owner alone, and refused in a sentence where anything is wrong with it."""

import json
import multiprocessing
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.faults import Refused, WorldFailed
from adapters.keys.file_keyring import (
    key_file_path,
    open_key_file,
    open_or_make_key_file,
    retire_master_keys,
    rotate_master_key,
)
from adapters.keys.sealing import SealBroken

TODAY = datetime(2026, 3, 14, tzinfo=UTC)
KEY = bytes(range(32))
STARTS_AT_ONCE = 6


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "keys" / "master.key"


def test_the_first_start_makes_a_file_that_only_its_owner_may_read(path):
    open_or_make_key_file(path, TODAY)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]


def test_a_generous_umask_changes_nothing_about_that(path):
    before = os.umask(0)
    try:
        open_or_make_key_file(path, TODAY)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_later_start_opens_the_same_keys(path):
    first = open_or_make_key_file(path, TODAY)
    again = open_or_make_key_file(path, TODAY)
    assert again.unwrap(first.wrap(KEY, b"amina"), b"amina") == KEY
    assert again.token_key() == first.token_key()
    assert again.registry_secret() == first.registry_secret()
    assert again.fingerprint() == first.fingerprint()


def test_another_home_is_another_registry(tmp_path):
    first, second = (open_or_make_key_file(tmp_path / home / "master.key", TODAY) for home in ("one", "two"))
    assert first.fingerprint() != second.fingerprint()
    assert first.token_key().key != second.token_key().key
    assert first.registry_secret() != second.registry_secret()
    with pytest.raises(SealBroken, match="another key file"):
        second.unwrap(first.wrap(KEY, b"amina"), b"amina")


def test_first_starts_at_once_agree_on_one_file(path):
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(STARTS_AT_ONCE), context.Queue()
    starts = [context.Process(target=_start, args=(path, barrier, answers)) for _ in range(STARTS_AT_ONCE)]
    for start in starts:
        start.start()
    fingerprints = {answers.get(timeout=20) for _ in starts}
    for start in starts:
        start.join(20)
    assert fingerprints == {open_key_file(path).fingerprint()}
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]


def _start(path, barrier, answers):
    barrier.wait(20)
    answers.put(open_or_make_key_file(path, TODAY).fingerprint())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_file_that_others_may_touch_is_refused_with_the_remedy(path, mode):
    open_or_make_key_file(path, TODAY)
    path.chmod(mode)
    with pytest.raises(Refused, match=f"Run: chmod 600 {path}"):
        open_key_file(path)


def test_a_file_cut_short_at_any_byte_is_refused(path):
    open_or_make_key_file(path, TODAY)
    whole = path.read_bytes()
    for length in range(len(whole) - 2):
        path.write_bytes(whole[:length])
        with pytest.raises(Refused, match="damaged or cut short"):
            open_key_file(path)


def test_a_key_of_wrong_length_is_refused(path):
    open_or_make_key_file(path, TODAY)
    edit(path, lambda content: content["tokens"].update(secret="c2hvcnQ="))
    with pytest.raises(Refused, match="wrong length"):
        open_key_file(path)


def test_a_key_that_was_altered_is_refused(path):
    open_or_make_key_file(path, TODAY)
    edit(path, lambda content: content["registry"].update(secret="A" * 43 + "="))
    with pytest.raises(Refused, match="was altered"):
        open_key_file(path)


def test_a_file_of_another_format_is_refused(path):
    open_or_make_key_file(path, TODAY)
    edit(path, lambda content: content.update(format="gharana-key-file/2"))
    with pytest.raises(Refused, match="not of format gharana-key-file/1"):
        open_key_file(path)


def test_a_folder_in_place_of_the_file_is_told(path):
    path.mkdir(parents=True)
    with pytest.raises(WorldFailed, match="cannot be read"):
        open_key_file(path)


def test_a_file_that_is_gone_is_told_and_not_made_anew(path):
    with pytest.raises(WorldFailed, match="Without it nobody's data opens"):
        open_key_file(path)
    assert not path.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "keys").write_text("in the way")
    with pytest.raises(WorldFailed, match="cannot be made"):
        open_or_make_key_file(tmp_path / "keys" / "master.key", TODAY)


def test_no_refusal_repeats_a_secret(path):
    open_or_make_key_file(path, TODAY)
    secret = json.loads(path.read_text())["tokens"]["secret"]
    edit(path, lambda content: content["tokens"].update(secret=[secret]))
    with pytest.raises(Refused) as refusal:
        open_key_file(path)
    assert secret not in str(refusal.value)


def test_a_wrapped_key_opens_only_for_the_one_it_was_wrapped_for(path):
    keyring = open_or_make_key_file(path, TODAY)
    wrapped = keyring.wrap(KEY, b"amina")
    assert len(wrapped) == 61
    with pytest.raises(SealBroken):
        keyring.unwrap(wrapped, b"bilal")
    for damaged in (b"", wrapped[:5], wrapped[:-1], b"\x09" + wrapped[1:]):
        with pytest.raises(SealBroken):
            keyring.unwrap(damaged, b"amina")


def test_many_keys_are_wrapped_in_their_order(path):
    keyring = open_or_make_key_file(path, TODAY)
    keys = [(bytes([number]) * 32, b"%d" % number) for number in range(9)]
    wrapped = keyring.wrap_many(keys)
    assert [keyring.unwrap(each, context) for each, (_, context) in zip(wrapped, keys, strict=True)] == [
        key for key, _ in keys
    ]
    assert len({each[1:13] for each in wrapped}) == 9


def test_after_rotation_old_keys_open_new_ones_are_wrapped_anew_and_the_fingerprint_stays(path):
    first = open_or_make_key_file(path, TODAY)
    wrapped = first.wrap(KEY, b"amina")
    rotated = rotate_master_key(path, TODAY)
    assert rotated.unwrap(wrapped, b"amina") == KEY
    assert rotated.wrap(KEY, b"amina")[0] == 2
    assert rotated.fingerprint() == first.fingerprint()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_retired_master_key_opens_nothing_any_more(path):
    wrapped = open_or_make_key_file(path, TODAY).wrap(KEY, b"amina")
    rotate_master_key(path, TODAY)
    with pytest.raises(SealBroken, match="master key 01"):
        retire_master_keys(path, 2).unwrap(wrapped, b"amina")


def test_a_key_file_of_the_first_year_still_opens(path):
    path.parent.mkdir()
    path.write_text(GOLDEN_FILE)
    path.chmod(0o600)
    keyring = open_key_file(path)
    assert keyring.fingerprint() == "c7e4a850f584723a"
    assert keyring.token_key().key == bytes(range(32, 64))
    assert keyring.registry_secret() == bytes(range(64, 96))
    assert keyring.unwrap(GOLDEN_WRAPPED, b"person" + bytes(16)) == KEY


def test_the_key_file_lies_under_the_registrys_home_unless_it_is_named():
    home = Path("/srv/registry")
    assert key_file_path(home, {}) == home / "keys" / "master.key"
    assert key_file_path(home, {"GHARANA_KEY_FILE": "/run/secrets/key"}) == Path("/run/secrets/key")


def edit(path: Path, change) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


GOLDEN_WRAPPED = bytes.fromhex(
    "016465666768696a6b6c6d6e6f481adc657dec5099366b55e3d66864f252d314199f79e565bfc8b653e7bebb571d4bba"
    "5b12db1d633b8d3676a4ad98a7"
)
GOLDEN_FILE = """\
{
  "format": "gharana-key-file/1",
  "made_at": "2026-03-14T00:00:00Z",
  "masters": [
    {
      "version": 1,
      "made_at": "2026-03-14T00:00:00Z",
      "secret": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    }
  ],
  "tokens": {
    "version": 1,
    "made_at": "2026-03-14T00:00:00Z",
    "secret": "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
  },
  "registry": {
    "version": 1,
    "made_at": "2026-03-14T00:00:00Z",
    "secret": "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8="
  },
  "check": "1ebfd6e770fdd11b"
}
"""
"""Made-up secrets in the first format. Never edited."""
