"""A file of places is read whole, or refused with the number of each line that is wrong."""

import pytest

from adapters.documents.places import load_places
from adapters.faults import Refused
from adapters.shocks import places_file
from adapters.shocks.places_file import read_places

PLACES = load_places()


def read(folder, text: str | bytes) -> tuple[str, ...]:
    path = folder / "places.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_places(path, PLACES)


@pytest.mark.parametrize(
    "text",
    [
        "PK602\nPK60301\n",
        "\ufeffPK602\r\n\r\nPK60301\r\nPK602\r\n",
        "code\nPK602\nPK60301\n",
        'name,code\n"Bahawalnagar, all",PK602\nBahawalpur,PK60301\n',
    ],
)
def test_codes_are_read_one_a_line_or_from_a_column_each_once(tmp_path, text):
    assert read(tmp_path, text) == ("PK602", "PK60301")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("PK602\nPK999\n", r"line 2: No place has the code 'PK999'"),
        ("name,code\na,PK999\n", r"line 2: No place has the code 'PK999'"),
        ("name,code\na,\n", "line 2: no code stands in it"),
        ("name,code\na\n", "line 2: no code stands in it"),
        ("name,p_code\na,PK602\n", "no column is named code; there are name, p_code"),
        ("PK602\nPK603,PK604\n", "line 2: more than one value"),
        ("", "no places are in it"),
        ("code\n", "no places are in it"),
        (b"\xff\xfe", "byte 0 is not UTF-8"),
        ("code\nPK602\n" + "a" * 200_000, r"line 3: cannot be read \(field larger than field limit"),
        ("a" * 200_000, r"line 1: cannot be read \(field larger than field limit"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, text, sentence):
    with pytest.raises(Refused, match=sentence):
        read(tmp_path, text)


def test_every_wrong_line_is_named_up_to_a_limit(tmp_path):
    with pytest.raises(Refused) as refused:
        read(tmp_path, "".join(f"PK9{number}\n" for number in range(100, 130)))
    sentences = str(refused.value).splitlines()
    assert len(sentences) == places_file.SENTENCES_MAX + 1
    assert sentences[-1].endswith("10 lines more.")


def test_too_many_places_and_a_file_that_is_not_there_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(places_file, "PLACES_MAX", 1)
    with pytest.raises(Refused, match="line 2: more than 1 places"):
        read(tmp_path, "PK602\nPK603\n")
    with pytest.raises(Refused, match="cannot be read"):
        read_places(tmp_path / "none.csv", PLACES)
