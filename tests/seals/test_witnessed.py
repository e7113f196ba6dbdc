from adapters.seals.published import WITNESSED, publish
from adapters.seals.tiles import Tiles
from adapters.seals.trust import Trust
from adapters.seals.witnessed import BEHIND_SECONDS_MAX, look_at_witnessed
from tests.seals.policies import NOW, a_witness, two_of_three
from tests.seals.registry_log import a_signer

LOG = a_signer()
WITNESSES = [a_witness(f"witness.example/{name}") for name in ("one", "two", "three")]
TRUST = Trust.read(two_of_three(LOG, WITNESSES))


def seal(tree: Tiles, witnesses: int = 0) -> Tiles:
    """Seal one more entry; the newest seal that some witnesses signed is kept beside it."""
    tree = tree.append([b"an entry"])
    published = publish(tree, LOG)
    if witnesses:
        lines = [one.line(published.checkpoint.text, NOW) for one in WITNESSES[:witnesses]]
        (tree.folder / WITNESSED).write_bytes(published.note + b"".join(lines))
    return tree


def test_it_is_well_while_enough_witnesses_keep_up(tmp_path):
    tree = seal(Tiles(tmp_path), witnesses=2)
    assert look_at_witnessed(tmp_path, TRUST, NOW) == (True, "enough of them signed the newest seal, of 1 events")
    seal(tree)
    assert look_at_witnessed(tmp_path, TRUST, NOW + 5).is_well


def test_it_is_not_well_once_nobody_signed_for_long(tmp_path):
    seal(seal(Tiles(tmp_path), witnesses=2))
    look = look_at_witnessed(tmp_path, TRUST, NOW + BEHIND_SECONDS_MAX + 1)
    assert look == (False, "the newest 1 events are not witnessed, the last time was 601 s ago")


def test_it_is_not_well_where_nobody_ever_signed(tmp_path):
    assert look_at_witnessed(tmp_path, TRUST, NOW).is_well
    seal(Tiles(tmp_path))
    assert not look_at_witnessed(tmp_path, TRUST, NOW).is_well


def test_it_is_not_well_where_too_few_signed(tmp_path):
    seal(Tiles(tmp_path), witnesses=1)
    look = look_at_witnessed(tmp_path, TRUST, NOW)
    assert not look.is_well
    assert "too few witnesses signed" in look.says


def test_it_is_not_well_where_witnesses_signed_more_than_is_sealed(tmp_path):
    seal(seal(Tiles(tmp_path)), witnesses=2)
    publish(Tiles(tmp_path, 1), LOG)
    assert look_at_witnessed(tmp_path, TRUST, NOW) == (
        False,
        "witnesses signed 2 events, and only 1 are sealed: rolled back",
    )
