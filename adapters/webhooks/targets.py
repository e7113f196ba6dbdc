"""Where a webhook may lead: an address over HTTPS, on a host and port that the operator has allowed beforehand."""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import msgspec

from adapters.faults import Refused

ALLOWED = "GHARANA_WEBHOOK_HOSTS"
URL_CHARACTERS_MAX = 2_000
HTTPS_PORT, HTTP_PORT = 443, 80
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
"""Only these may be this machine itself, for development, and only where they are allowed."""

_PLAIN = re.compile(r"[!-~]+")
_HOST = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]"
_ENTRY = re.compile(rf"(?P<host>{_HOST})(:(?P<port>[1-9][0-9]{{0,4}}))?")

AllowedHosts = frozenset[tuple[str, int]]
"""Hosts in small letters, each with the port that may be posted to."""


class Target(msgspec.Struct, frozen=True):
    """An address that may be posted to."""

    host: str
    port: int
    path: str
    is_secure: bool

    @property
    def is_loopback(self) -> bool:
        """Whether this machine itself is meant, for development."""
        return self.host in LOOPBACK_HOSTS

    @property
    def host_header(self) -> str:
        """The host as the receiver is called: with its port where that is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.is_secure else HTTP_PORT
        return host if self.port == usual else f"{host}:{self.port}"


def allowed_hosts(environ: Mapping[str, str]) -> AllowedHosts:
    """Read which hosts the setting allows: names, or name:port, with commas between; port 443 where none is said."""
    entries = [entry.strip().lower() for entry in environ.get(ALLOWED, "").split(",")]
    return frozenset(_entry(entry) for entry in entries if entry)


def _entry(entry: str) -> tuple[str, int]:
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise Refused(
            f"{ALLOWED} holds {entry!r}, which is not a host: write names or name:port with commas between, such as "
            "hooks.food-bank.example,hooks.post.example:8443."
        )
    return match["host"].strip("[]"), int(match["port"] or HTTPS_PORT)


def get_target(url: str, allowed: AllowedHosts) -> Target:
    """Read an address and return where it leads. Raises Refused, with the reason, where it may not be posted to."""
    parts = _parts(url)
    host, is_secure = (parts.hostname or "").lower(), parts.scheme == "https"
    port = parts.port or (HTTPS_PORT if is_secure else HTTP_PORT)
    target = Target(host, port, parts.path or "/", is_secure)
    if (host, port) not in allowed:
        there = ", ".join(sorted(f"{name}:{at}" for name, at in allowed)) or "no host at all"
        raise Refused(
            f"{host}:{port} is not allowed: {ALLOWED} allows {there}. Whoever runs the registry adds a host there."
        )
    if not is_secure and not target.is_loopback:
        raise Refused(f"The address {url!r} must begin with https://; http:// is for this machine itself only.")
    return Target(host, port, f"{target.path}?{parts.query}" if parts.query else target.path, is_secure)


def _parts(url: str) -> SplitResult:
    if len(url) > URL_CHARACTERS_MAX:
        raise Refused(f"The address has {len(url):,} characters; {URL_CHARACTERS_MAX:,} is the most.")
    if not _PLAIN.fullmatch(url) or "\\" in url:
        raise Refused(f"The address {url!r} holds characters that no address has: write it in plain ASCII, encoded.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as failure:
        raise Refused(f"The address {url!r} cannot be read ({failure}).") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise Refused(f"The address {url!r} is none of the web: write https://host/path.")
    if "@" in parts.netloc:
        raise Refused("The address holds a name or password: leave it out, the signature says who calls.")
    if parts.fragment:
        raise Refused(f"The address {url!r} ends in #{parts.fragment}, which is never sent: leave it out.")
    return parts
