"""Replacing the master key: rotate, wrap everything anew beside whoever works, retire the old ones when none is used.

Each step can be cut short and done again. What was done and not recorded, since a process died in between, is recorded
the next time.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec

from adapters.faults import Refused
from adapters.keys import people
from adapters.keys.keyring import KeyringPlace
from adapters.keys.people import KeyRow
from adapters.postgres.masters import nobody_wraps_under, replace_secret, secrets_of_webhooks
from adapters.registry.opening import Registry
from adapters.webhooks.delivering import key_context
from domain.keys import KeysRewrapped, MasterKeyRotated, MasterKeysRetired

ROWS_AT_ONCE = 500
"""Rows wrapped anew in one transaction: some 3,000 keys and 40 ms, for which a submission about one of them waits."""

More = Callable[[int], None]


class Wrapped(msgspec.Struct, frozen=True):
    """How many key rows and webhooks hold something under each master key."""

    households: Counter[int]
    webhooks: Counter[int]

    def under(self, version: int) -> int:
        """How many of both a master key is needed for."""
        return self.households[version] + self.webhooks[version]


def rotate(registry: Registry, place: KeyringPlace, by: str) -> int:
    """Make a new master key and record it; says its version. One that was made and not recorded is taken for it."""
    newest = place.open().master_versions()[-1]
    if newest <= registry.reader.master_keys().newest:
        newest = place.rotate(registry.clock()).master_versions()[-1]
    registry.key_desk.note(MasterKeyRotated(registry.today(), newest), by)
    return newest


def count_wrapped(registry: Registry, more: More) -> Wrapped:
    """Count what is wrapped under each master key; reads every row and opens none."""
    households: Counter[int] = Counter()
    for rows in _batches(registry, more):
        for row in rows.values():
            households.update(people.versions_in(row))
    return Wrapped(households, Counter(wrapped[0] for wrapped in secrets_of_webhooks(registry.dsn).values()))


def rewrap(registry: Registry, by: str, more: More) -> KeysRewrapped:
    """Bring every key row and every webhook's secret under the newest master key; what is there already stays."""
    newest = registry.keyring.master_versions()[-1]
    changed = sum(_rewrap_rows(registry, rows, newest) for rows in _batches(registry, more))
    done = KeysRewrapped(registry.today(), newest, changed, _rewrap_webhooks(registry, newest))
    if done.households or done.webhooks:
        registry.key_desk.note(done, by)
    return done


def retire(registry: Registry, place: KeyringPlace, by: str, more: More) -> MasterKeysRetired:
    """Destroy all master keys older than the newest. Raises Refused while anything needs one, or a process may use one.

    One that somebody makes meanwhile changes nothing: the newest is the one under which everything was counted.
    """
    newest = registry.keyring.master_versions()[-1]
    older = sorted(set(range(1, newest)) - registry.reader.master_keys().retired)
    if not older:
        raise Refused(
            f"Master key {newest} is the only one: there is nothing to retire. `keys rotate` makes a new one."
        )
    with nobody_wraps_under(registry.dsn, older):
        wrapped = count_wrapped(registry, more)
        if needed := sum(wrapped.under(version) for version in older):
            raise Refused(
                f"{needed:,} key rows and webhooks are still wrapped under older master keys: `keys rewrap` first."
            )
        place.retire(newest)
        retired = MasterKeysRetired(registry.today(), tuple(older), newest)
        registry.key_desk.note(retired, by)
    return retired


def _batches(registry: Registry, more: More) -> Iterator[dict[UUID, KeyRow]]:
    after = UUID(int=0)
    while rows := _rows_after(registry, after):
        yield rows
        more(len(rows))
        after = max(rows)


def _rows_after(registry: Registry, after: UUID) -> dict[UUID, KeyRow]:
    return registry.log.transact(lambda transaction: registry.books(transaction).keys.scan_keys(after, ROWS_AT_ONCE))


def _rewrap_rows(registry: Registry, rows: Mapping[UUID, KeyRow], newest: int) -> int:
    """Wrap anew those of some rows that need it, as they are once nobody else can change them."""
    wanted = [household for household, row in rows.items() if people.versions_in(row) - {newest}]

    def work(transaction: Any) -> int:
        table = registry.books(transaction).keys
        stale = {
            household: row
            for household, row in table.get_keys_to_change(wanted).items()
            if people.versions_in(row) - {newest}
        }
        table.replace_keys(people.rewrap_many(registry.keyring, stale))
        return len(stale)

    return registry.log.transact(work) if wanted else 0


def _rewrap_webhooks(registry: Registry, newest: int) -> int:
    stale = {webhook: wrapped for webhook, wrapped in secrets_of_webhooks(registry.dsn).items() if wrapped[0] != newest}
    contexts = {webhook: key_context(webhook) for webhook in stale}
    opened = registry.keyring.unwrap_many([(wrapped, contexts[webhook]) for webhook, wrapped in stale.items()])
    anew = registry.keyring.wrap_many(list(zip(opened, contexts.values(), strict=True)))
    return sum(
        replace_secret(registry.dsn, webhook, before, after)
        for (webhook, before), after in zip(stale.items(), anew, strict=True)
    )
