"""Which workers run, and where their figures are served."""

import pytest

from adapters.faults import Refused
from adapters.supervision.workers import WORKERS, workers_without
from adapters.watching.metrics import address_of


def test_workers_that_are_left_out_do_not_run():
    assert workers_without([]) == dict(WORKERS)
    assert "publisher" not in workers_without(["publisher"])


def test_a_name_that_no_worker_has_is_refused_with_those_there_are():
    with pytest.raises(Refused, match="no worker 'painter'; there are assessor, projector"):
        workers_without(["painter"])


def test_leaving_everybody_out_is_refused():
    with pytest.raises(Refused, match="nothing to run"):
        workers_without(list(WORKERS))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9464", ("127.0.0.1", 9464)),
        ("0.0.0.0:9464", ("0.0.0.0", 9464)),  # noqa: S104 - an address like another here
        ("[::1]:9464", ("::1", 9464)),
    ],
)
def test_a_port_alone_is_one_of_the_loopback_address(text, address):
    assert address_of(text) == address


@pytest.mark.parametrize("text", ["", "front-door", "70000", "0", "host:", "-1", "٩٤٦٤"])
def test_what_is_no_port_is_refused(text):
    with pytest.raises(Refused, match="no place for figures"):
        address_of(text)
