"""A file of centres says who surveys which tehsil; what cannot be is refused in a sentence."""

from pathlib import Path

import pytest

from adapters.documents.centres import CENTRES_FILE, Centre, load_centres
from adapters.documents.places import load_places
from adapters.faults import Refused
from domain.places import Places

HEAD = 'format = "centres/1"\n'
VAN = '[[centre]]\ncode = "van"\ntitle = "Van"\nkind = "van"\ntehsils = ["PK20102"]\n'


@pytest.fixture
def places() -> Places:
    return load_places()


def written(folder: Path, text: str) -> Path:
    file = folder / "centres.toml"
    file.write_text(text)
    return file


def test_the_shipped_file_is_an_illustration(places: Places):
    assert load_centres(CENTRES_FILE, places).is_illustration


def test_a_tehsil_is_served_by_its_centre_and_any_other_place_by_a_desk_of_its_own(tmp_path: Path, places: Places):
    centres = load_centres(written(tmp_path, HEAD + VAN), places)
    assert [centres.of(place) for place in ("PK20102", "PK20101", "PK201")] == ["van", "desk-PK20101", "desk-PK201"]
    assert centres.get("desk-PK20101", places) == Centre("desk-PK20101", "Desk of Awaran", "desk", ("PK20101",))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            HEAD + VAN + VAN.replace('code = "van"', 'code = "two"'),
            "PK20102 Jhal Jhao is served twice, by van and by two",
        ),
        (HEAD + VAN + VAN.replace("PK20102", "PK20101"), "2 centres have the code van"),
        (HEAD + VAN.replace("PK20102", "PK201"), "'PK201' is not the code of a tehsil"),
        (HEAD + VAN.replace('kind = "van"', 'kind = "boat"'), "centre.0.kind"),
        (HEAD + VAN + "wheels = 4\n", "centre.0.wheels"),
        (VAN, "format"),
        ("centre", "not a TOML file"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(tmp_path: Path, places: Places, text: str, sentence: str):
    with pytest.raises(Refused, match=sentence):
        load_centres(written(tmp_path, text), places)


def test_an_unknown_centre_is_refused_and_so_is_the_desk_of_a_tehsil_that_another_serves(
    tmp_path: Path, places: Places
):
    centres = load_centres(written(tmp_path, HEAD + VAN), places)
    with pytest.raises(Refused, match="No centre is known as 'desk-PK2'"):
        centres.get("desk-PK2", places)
    with pytest.raises(Refused, match="it is served by van"):
        centres.get("desk-PK20102", places)


def test_asking_for_vans_where_there_are_none_is_refused(tmp_path: Path, places: Places):
    with pytest.raises(Refused, match="has no vans"):
        load_centres(written(tmp_path, HEAD), places).vans()
