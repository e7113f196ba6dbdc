"""Which network addresses may be posted to: those of the public internet, so that nobody is reached from inside.

A partner names the address that our server calls. Without these checks it could name one that only our server reaches:
a database, the metadata service of a cloud, a printer. Names are looked up here and once, and the connection goes to
the address that was checked: a name that answers differently the next time gains nothing.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from adapters.faults import Refused, WorldFailed

ADDRESSES_MAX = 8
"""A name with more addresses than this is refused: each of them would have to be checked and tried."""
_WRAPPING = {
    "an IPv4 address inside an IPv6 one": ip_network("::ffff:0:0/96"),
    "an IPv4 address inside an IPv6 one, of the old kind": ip_network("::/96"),
    "a NAT64 address": ip_network("64:ff9b::/96"),
    "a NAT64 address of a network's own": ip_network("64:ff9b:1::/48"),
    "a 6to4 address": ip_network("2002::/16"),
    "a Teredo address": ip_network("2001::/32"),
}
"""IPv6 ranges that lead to some IPv4 address, of which it is not known whether it is public: RFC 4291, 6052,
8215, 3056, 4380."""
_RELAYS_OF_6TO4 = ip_network("192.88.99.0/24")  # RFC 7526

Address = IPv4Address | IPv6Address
LookUp = Callable[[str], Sequence[str]]
"""Gives every address of a name, as texts; raises OSError where there is none."""


def look_up(host: str) -> list[str]:
    """Ask the system for every address of a name."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for _, _, _, _, address in found))


def checked_addresses(host: str, *, is_loopback: bool, ask: LookUp = look_up) -> list[Address]:
    """Look a host up and return its addresses, all of them public; or all loopback ones, where that is what is meant.

    Raises Refused for a host with an address that may not be posted to, and WorldFailed where it has none.
    """
    try:
        texts = ask(host)
    except (OSError, UnicodeError) as failure:
        raise WorldFailed(f"No address is known for {host} ({failure}): check the name, or wait for it.") from failure
    if not texts:
        raise WorldFailed(f"No address is known for {host}: check the name, or wait for it.")
    if len(texts) > ADDRESSES_MAX:
        raise Refused(f"{host} has {len(texts)} addresses; {ADDRESSES_MAX} is the most. Name one host of them.")
    addresses = [ip_address(text) for text in texts]
    for address in addresses:
        wrong = _why_not_loopback(address) if is_loopback else why_not_public(address)
        if wrong:
            raise Refused(f"{host} leads to {address}, which is {wrong}: nothing is posted there.")
    return addresses


def why_not_public(address: Address) -> str | None:
    """What an address is that must not be posted to, in words; none where it is of the public internet."""
    if isinstance(address, IPv6Address):
        if address.is_loopback:
            return "this machine itself"
        for words, network in _WRAPPING.items():
            if address in network:
                return words
        if address.scope_id or address.is_site_local:
            return "an address of the local network"
    elif address in _RELAYS_OF_6TO4:
        return "a relay of 6to4"
    return _special(address)


def _special(address: Address) -> str | None:
    kinds = {
        "this machine itself": address.is_loopback or address.is_unspecified,
        "an address of the local link": address.is_link_local,
        "a multicast address": address.is_multicast,
        "a private address": address.is_private,
        "a reserved address": address.is_reserved or not address.is_global,
    }
    return next((words for words, is_so in kinds.items() if is_so), None)


def _why_not_loopback(address: Address) -> str | None:
    return None if address.is_loopback else "not this machine itself"
