"""Nothing is posted to an address that was not allowed, nor to one that only our own server reaches."""

from ipaddress import ip_address

import pytest

from adapters.faults import Refused, WorldFailed
from adapters.webhooks.addresses import ADDRESSES_MAX, checked_addresses, why_not_public
from adapters.webhooks.targets import Target, allowed_hosts, get_target

ALLOWED = allowed_hosts(
    {"GHARANA_WEBHOOK_HOSTS": "hooks.food-bank.example, Hooks.Post.example:8443,localhost:9000,[::1]:9000"}
)
PUBLIC = "93.184.215.14"


def test_a_host_that_is_allowed_is_the_target():
    assert get_target("https://hooks.food-bank.example/feed?of=kafaalat", ALLOWED) == Target(
        "hooks.food-bank.example", 443, "/feed?of=kafaalat", is_secure=True
    )


def test_a_host_is_called_with_its_port_where_that_is_not_the_usual_one():
    assert get_target("https://HOOKS.post.example:8443", ALLOWED).host_header == "hooks.post.example:8443"
    assert get_target("https://hooks.food-bank.example:443/", ALLOWED).host_header == "hooks.food-bank.example"


@pytest.mark.parametrize("url", ["http://localhost:9000/feed", "http://[::1]:9000/feed", "https://localhost:9000/"])
def test_this_machine_itself_may_be_a_target_where_it_is_allowed(url):
    assert get_target(url, ALLOWED).is_loopback


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://elsewhere.example/", "elsewhere.example:443 is not allowed"),
        ("https://hooks.food-bank.example.evil.example/", "is not allowed"),
        ("https://hooks.food-bank.example:8443/", "hooks.food-bank.example:8443 is not allowed"),
        ("https://hooks.food-bank.example:22/", "is not allowed"),
        ("https://hooks.food-bank.example./", "is not allowed"),
        ("http://hooks.food-bank.example:443/", "must begin with https://"),
        ("http://hooks.food-bank.example/", "is not allowed"),
        ("http://localhost/", "localhost:80 is not allowed"),
        ("https://127.0.0.1:9000/", "127.0.0.1:9000 is not allowed"),
        ("https://2130706433/", "is not allowed"),
        ("ftp://hooks.food-bank.example/", "is none of the web"),
        ("https:///feed", "is none of the web"),
        ("hooks.food-bank.example", "is none of the web"),
        ("https://hooks.food-bank.example:0/", "is none of the web"),
        ("https://hooks.food-bank.example:70000/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://me:secret@hooks.food-bank.example/", "holds a name or password"),
        ("https://hooks.food-bank.example@evil.example/", "is not allowed|holds a name or password"),
        ("https://hooks.food-bank.example/#top", "ends in #top"),
        ("https://hooks.food-bank.example/\nHost: evil", "characters that no address has"),
        ("https://hooks.food-bank.example\\@evil.example/", "characters that no address has"),
        ("https://hooks.food-bänk.example/", "characters that no address has"),
        ("https://hooks.food-bank.example/" + "x" * 2_000, "2,000 is the most"),
    ],
)
def test_an_address_that_may_not_be_posted_to_is_refused_in_a_sentence(url, sentence):
    with pytest.raises(Refused, match=sentence):
        get_target(url, ALLOWED)


def test_without_a_setting_nothing_is_allowed():
    with pytest.raises(Refused, match="GHARANA_WEBHOOK_HOSTS allows no host at all"):
        get_target("https://hooks.food-bank.example/", allowed_hosts({}))


@pytest.mark.parametrize(
    "entry", ["https://hooks.example", "hooks.example/feed", "*", "*.example", "a b", "host:0", "-"]
)
def test_a_setting_that_names_no_host_is_refused(entry):
    with pytest.raises(Refused, match="which is not a host"):
        allowed_hosts({"GHARANA_WEBHOOK_HOSTS": f"good.example,{entry}"})


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1", "this machine itself"),
        ("127.9.9.9", "this machine itself"),
        ("0.0.0.0", "this machine itself"),  # noqa: S104 - nothing is bound to it
        ("::1", "this machine itself"),
        ("::", "old kind"),
        ("10.1.2.3", "a private address"),
        ("172.16.0.1", "a private address"),
        ("192.168.1.1", "a private address"),
        ("100.64.0.1", "a reserved address"),
        ("198.18.0.1", "a private address"),
        ("203.0.113.9", "a private address"),
        ("169.254.169.254", "an address of the local link"),
        ("224.0.0.1", "a multicast address"),
        ("240.0.0.1", "a private address"),
        ("255.255.255.255", "a private address"),
        ("192.88.99.1", "a relay of 6to4"),
        ("fe80::1", "an address of the local link"),
        ("fe80::1%eth0", "an address of the local network"),
        ("fec0::1", "an address of the local network"),
        ("fc00::1", "a private address"),
        ("ff02::1", "a multicast address"),
        ("2001:db8::1", "a private address"),
        ("::ffff:127.0.0.1", "an IPv4 address inside an IPv6 one"),
        ("::ffff:8.8.8.8", "an IPv4 address inside an IPv6 one"),
        ("::127.0.0.1", "of the old kind"),
        ("64:ff9b::7f00:1", "a NAT64 address"),
        ("64:ff9b:1::7f00:1", "a NAT64 address"),
        ("2002:7f00:1::", "a 6to4 address"),
        ("2001::7f00:1", "a Teredo address"),
    ],
)
def test_a_name_that_leads_inside_is_refused(address, words):
    with pytest.raises(Refused, match=f"hooks.example leads to .*{words}"):
        checked_addresses("hooks.example", is_loopback=False, ask=lambda _: [address])


def test_one_bad_address_among_good_ones_is_enough():
    with pytest.raises(Refused, match=r"leads to 10\.0\.0\.1"):
        checked_addresses("hooks.example", is_loopback=False, ask=lambda _: [PUBLIC, "10.0.0.1"])


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_a_public_address_may_be_posted_to(address):
    assert why_not_public(ip_address(address)) is None
    assert checked_addresses("hooks.example", is_loopback=False, ask=lambda _: [address]) == [ip_address(address)]


def test_what_calls_itself_this_machine_and_leads_elsewhere_is_refused():
    with pytest.raises(Refused, match="not this machine itself"):
        checked_addresses("localhost", is_loopback=True, ask=lambda _: ["10.0.0.1"])


def test_a_name_without_an_address_may_get_one_later():
    with pytest.raises(WorldFailed, match=r"No address is known for nobody\.invalid"):
        checked_addresses("nobody.invalid", is_loopback=False)
    with pytest.raises(WorldFailed, match="No address is known"):
        checked_addresses("hooks.example", is_loopback=False, ask=lambda _: [])


def test_a_name_with_too_many_addresses_is_refused():
    many = [f"8.8.8.{number}" for number in range(ADDRESSES_MAX + 1)]
    with pytest.raises(Refused, match="has 9 addresses"):
        checked_addresses("hooks.example", is_loopback=False, ask=lambda _: many)
