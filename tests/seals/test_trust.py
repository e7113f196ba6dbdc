import pytest

from adapters.faults import Refused, WorldFailed
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import Signer
from adapters.seals.trust import CLOCK_TOLERANCE_SECONDS, Trust, read_trust
from tests.seals.policies import NOW, a_checkpoint, a_witness, two_of_three
from tests.seals.registry_log import ORIGIN, a_signer

LOG = a_signer()
FIRST, SECOND, THIRD = WITNESSES = [a_witness(f"witness.example/{name}") for name in ("one", "two", "three")]
POLICY = Trust.read(two_of_three(LOG, WITNESSES))


def named(**signers: Signer) -> str:
    return "\n".join(f"witness {name} {signer.verifier}" for name, signer in signers.items()) + "\n"


def line_of_log(log: Signer = LOG) -> str:
    return f"log {log.verifier}\n"


def test_a_checkpoint_is_believed_once_a_log_and_enough_witnesses_signed_it():
    checked = POLICY.check(a_checkpoint(LOG, FIRST, THIRD), NOW)
    assert (checked.checkpoint.origin, checked.checkpoint.size) == (ORIGIN, 12)
    assert [(one.key, one.time) for one in checked.signed_by] == [
        (LOG.verifier, 0),
        (FIRST.verifier, NOW),
        (THIRD.verifier, NOW),
    ]


def test_too_few_witnesses_are_told_by_who_is_missing():
    with pytest.raises(NotProved, match=r"asks for 2 of \(first, second, third\); second signed, and first, third did"):
        POLICY.check(a_checkpoint(LOG, SECOND), NOW)
    with pytest.raises(NotProved, match="nobody signed"):
        POLICY.check(a_checkpoint(LOG), NOW)


def test_a_witness_that_signs_twice_is_counted_once():
    with pytest.raises(NotProved, match="too few witnesses"):
        POLICY.check(a_checkpoint(LOG, FIRST, FIRST), NOW)


def test_a_stranger_is_no_witness():
    with pytest.raises(NotProved, match="too few witnesses"):
        POLICY.check(a_checkpoint(LOG, FIRST, a_witness("witness.example/two")), NOW)


def test_a_witness_whose_signature_does_not_fit_is_not_passed_over():
    note = a_checkpoint(LOG, FIRST, SECOND, THIRD)
    damaged = note.removesuffix(THIRD.line(note.split(b"\n\n")[0] + b"\n", NOW)) + THIRD.line(b"another text", NOW)
    with pytest.raises(NotProved, match=r"witness\.example/three does not fit"):
        POLICY.check(damaged, NOW)


def test_an_origin_that_the_policy_does_not_know_is_refused():
    with pytest.raises(NotProved, match=r"is of 'other\.example/seals', which the trust policy does not know"):
        POLICY.check(a_checkpoint(a_signer("other.example/seals"), FIRST, SECOND), NOW)


def test_another_key_under_the_name_of_the_log_is_refused():
    with pytest.raises(NotProved, match=f"no key that the trust policy has for {ORIGIN} signed"):
        POLICY.check(a_checkpoint(a_signer(ORIGIN), FIRST, SECOND), NOW)


def test_a_known_log_does_not_sign_for_another_known_log():
    other = a_signer("other.example/seals")
    both = Trust.read(line_of_log() + line_of_log(other) + "quorum none\n")
    assert both.check(a_checkpoint(other), NOW).checkpoint.origin == other.name
    with pytest.raises(NotProved, match="is signed by none of"):
        both.check(a_checkpoint(LOG, origin=other.name), NOW)


def test_a_log_of_two_keys_is_believed_under_either():
    newer = a_signer(ORIGIN)
    both = Trust.read(line_of_log() + line_of_log(newer) + "quorum none\n")
    assert both.check(a_checkpoint(LOG), NOW).signed_by == [(LOG.verifier, 0)]
    assert both.check(a_checkpoint(newer), NOW).signed_by == [(newer.verifier, 0)]


def test_a_checkpoint_from_the_future_is_refused_beyond_what_clocks_differ():
    late = NOW + CLOCK_TOLERANCE_SECONDS
    assert POLICY.check(a_checkpoint(LOG, FIRST, SECOND, time=late), NOW)
    with pytest.raises(NotProved, match=r"from the future: witness\.example/one signed it at"):
        POLICY.check(a_checkpoint(LOG, FIRST, SECOND, time=late + 1), NOW)


def test_a_single_witness_can_be_the_quorum_and_nobody_can():
    of_one = Trust.read(line_of_log() + named(first=FIRST) + "quorum first\n")
    assert of_one.check(a_checkpoint(LOG, FIRST), NOW)
    with pytest.raises(NotProved, match="asks for first"):
        of_one.check(a_checkpoint(LOG), NOW)
    assert Trust.read(line_of_log() + "quorum none\n").check(a_checkpoint(LOG), NOW)


def test_groups_stand_in_groups():
    more = [a_witness(f"other.example/{number}") for number in range(3)]
    policy = Trust.read(
        f"# two of ours, and any one of theirs\n\t log\t{LOG.verifier}  https://registry.example/seals/ \n\n"
        + named(a=FIRST, b=SECOND, c=THIRD)
        + "group ours 2 a b c\n"
        + named(x=more[0], y=more[1], z=more[2])
        + "  # theirs\ngroup theirs any x y z\ngroup both all ours theirs\nquorum both"
    )
    assert policy.logs[0].url == "https://registry.example/seals/"
    assert policy.check(a_checkpoint(LOG, FIRST, SECOND, more[2]), NOW)
    for signed in ([FIRST, SECOND, THIRD], [FIRST, *more]):
        with pytest.raises(NotProved, match=r"2 of \(2 of \(a, b, c\), 1 of \(x, y, z\)\)"):
            policy.check(a_checkpoint(LOG, *signed), NOW)


REFUSED = [
    (named(a=FIRST, b=Signer("other.example/w", FIRST.key, 4)), "Line 2 .* the key of b is that of a above"),
    (named(a=FIRST, b=FIRST), "Line 2 .* the key of b is that of a above: one witness is counted once"),
    (named(a=FIRST) + named(a=SECOND), "Line 2 .* the name 'a' is taken"),
    (named(none=FIRST), "Line 1 .* the name 'none' is taken"),
    (line_of_log() * 2, "Line 2 .* is that of a log above"),
    (
        line_of_log() + named(a=Signer("witness.example/log", LOG.key, 4)),
        "Line 2 .* a log is no witness of itself",
    ),
    (f"log {FIRST.verifier}", "Line 1 .* is that of a witness, and here stands a log"),
    (f"witness a {LOG.verifier}", "Line 1 .* is that of a log, and here stands a witness"),
    (named(a=FIRST, b=SECOND) + "group g 3 a b", "Line 3 .* say any, all, or 1 to 2"),
    (named(a=FIRST, b=SECOND) + "group g 0 a b", "Line 3 .* say any, all, or 1 to 2"),
    (named(a=FIRST, b=SECOND) + "group g 02 a b", "Line 3 .* say any, all, or 1 to 2"),
    (named(a=FIRST, b=SECOND) + "group g some a b", "Line 3 .* say any, all, or 1 to 2"),
    (named(a=FIRST) + "group g 2 a a", "Line 2 .* nobody is counted twice"),
    (named(a=FIRST, b=SECOND) + "group g any a\ngroup h all a b", "Line 4 .* nobody is counted twice"),
    (named(a=FIRST) + "group g all g a", "Line 2 .* no witness and no group above it is named 'g'"),
    ("group g all none", "Line 1 .* no witness and no group above it is named 'none'"),
    ("group g all", "Line 1 .* 'group' begins no line of it"),
    ("quorum a\n" + named(a=FIRST), "Line 1 .* no witness and no group above it is named 'a'"),
    ("quorum none\nquorum none", "Line 2 .* second quorum line"),
    ("quorum none none", "Line 1 .* 'quorum' begins no line of it"),
    ("quorum none\r\n", "Line 1 .* [(]no carriage returns"),
    ("quorum none\x7f", "Line 1 .* control character"),
    ("policy none", "Line 1 .* 'policy' begins no line of it"),
    ("log registry.example/seals", "Line 1 .* is not a verifier key"),
    (f"log {LOG.verifier} one two", "Line 1 .* 'log' begins no line of it"),
    (f"witness a b+00000000+{str(FIRST.verifier).split('+', 2)[2]}", "Line 1 .* does not fit its key"),
    (line_of_log(), "no quorum line"),
    ("#\n" * 5000 + "group a\n", "Line 5001 "),
    (
        "quorum none\n" + "".join(named(**{f"w{n}": a_witness(f"w{n}")}) for n in range(1000)),
        "more than 1,000 lines",
    ),
]


@pytest.mark.parametrize(("text", "because"), REFUSED, ids=[because for _, because in REFUSED])
def test_a_policy_is_refused_with_its_line(text: str, because: str):
    with pytest.raises(Refused, match=because):
        Trust.read(text)


def test_a_name_that_is_not_utf_8_is_a_name(tmp_path):
    place = tmp_path / "trust"
    content = line_of_log() + named(x=FIRST) + "quorum x\n"
    place.write_bytes(content.replace(" x", " \udcff").encode("utf-8", "surrogateescape"))
    policy = read_trust(place)
    assert policy.check(a_checkpoint(LOG, FIRST), NOW)
    with pytest.raises(NotProved, match="asks for \N{REPLACEMENT CHARACTER}"):
        policy.check(a_checkpoint(LOG), NOW)


def test_a_policy_that_is_not_there_or_not_one_is_told_by_its_path(tmp_path):
    with pytest.raises(WorldFailed, match="trust cannot be read"):
        read_trust(tmp_path / "trust")
    (tmp_path / "trust").write_text("quorum somebody\n")
    with pytest.raises(Refused, match=f"{tmp_path}/trust: Line 1"):
        read_trust(tmp_path / "trust")
    (tmp_path / "trust").write_bytes(b"#" * 1_000_001)
    with pytest.raises(Refused, match="more than 1,000,000 bytes"):
        read_trust(tmp_path / "trust")
