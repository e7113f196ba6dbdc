"""Whether an extract still speaks of the registry that is here, and of the policies that are in force in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from adapters.extract.manifest import AGAIN, Manifest
from adapters.faults import Refused
from adapters.home import registry_home
from adapters.keys.choosing import keyring_place
from adapters.registry.opening import Registry, open_registry
from adapters.simulation.reference import FindIds
from domain.programme import CutOffSet, ProgrammeClosed, ProgrammeOpened
from domain.scorecard_adoption import ScorecardAdopted

_KEYS = "SELECT source_key, household_id FROM households WHERE source_key = ANY(%(keys)s)"
_FINGERPRINT = "SELECT key_fingerprint FROM registry"
KEYS_AT_ONCE = 10_000


def refuse_outdated(manifest: Manifest, programme: str, environ: Mapping[str, str]) -> None:
    """Refuse an extract of another registry, or one that is older than the policies it would be held against.

    Where no registry stands, the extract speaks for itself: an analyst need not have one.
    """
    if not _is_registry(environ):
        return
    with open_registry(environ, make=False) as registry:
        _refuse_foreign(manifest, registry)
        for recorded in registry.reader.policy_events(manifest.policies_position):
            event = recorded.event
            if recorded.position <= manifest.position:
                continue
            if isinstance(event, ScorecardAdopted):
                _refuse_older(f"scorecard {event.scorecard_id} was adopted", manifest, recorded.position)
            if isinstance(event, ProgrammeOpened | ProgrammeClosed | CutOffSet) and event.programme == programme:
                _refuse_older(f"programme {programme} was changed", manifest, recorded.position)


@contextmanager
def find_ids_in(manifest: Manifest, environ: Mapping[str, str]) -> Iterator[FindIds | None]:
    """What finds households by a survey's own keys; nothing where no registry stands."""
    if not _is_registry(environ):
        yield None
        return
    with open_registry(environ, make=False) as registry:
        _refuse_foreign(manifest, registry)

        def find(keys: list[str]) -> dict[str, bytes]:
            found: dict[str, bytes] = {}
            for begin in range(0, len(keys), KEYS_AT_ONCE):
                rows = registry.rows(_KEYS, {"keys": keys[begin : begin + KEYS_AT_ONCE]})
                found |= {key: household.bytes for key, household in rows}
            return found

        yield find


def _is_registry(environ: Mapping[str, str]) -> bool:
    return keyring_place(registry_home(environ), environ).exists()


def _refuse_foreign(manifest: Manifest, registry: Registry) -> None:
    rows = registry.rows(_FINGERPRINT, {})
    if rows != [(manifest.registry,)]:
        raise Refused(f"The extract was made from another registry than the one that stands here. {AGAIN}")


def _refuse_older(what: str, manifest: Manifest, position: int) -> None:
    raise Refused(
        f"The extract is older than that: {what} at position {position:,}, and the extract stands at "
        f"{manifest.position:,}. Let `run --until-caught-up` finish, then run `extract` again."
    )
