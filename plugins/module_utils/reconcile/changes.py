"""Transactions on the records of addresses, as values: what is written while all that it rests on is as it was read."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import holders, keys

from . import books


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Arguments of ``store.commit``."""

    puts: Mapping[str, stores.Document] = dataclasses.field(default_factory=dict)
    deletes: tuple[str, ...] = ()
    expect: Mapping[str, int] = dataclasses.field(default_factory=dict)
    unchanged: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def commit(self, store: stores.Store) -> None:
        """Write it. Raises Conflict, StoreError."""
        store.commit(self.puts, self.deletes, self.expect, self.unchanged)


def merged(*changes: Change) -> Change:
    """All of them in one transaction."""
    return Change(
        puts={key: document for change in changes for key, document in change.puts.items()},
        deletes=tuple(key for change in changes for key in change.deletes),
        expect={key: revision for change in changes for key, revision in change.expect.items()},
        unchanged={prefix: revision for change in changes for prefix, revision in change.unchanged.items()},
    )


def counted(name: str, handle: books.Handle | None, cidr: fields.Network, by: int) -> Change | None:
    """A handle that has ``by`` more addresses in a block; None if the handle cannot be read."""
    if handle is not None and handle.counts is None:
        return None
    before = {} if handle is None or handle.counts is None else dict(handle.counts)
    return written(name, {**before, cidr: before.get(cidr, 0) + by}, 0 if handle is None else handle.revision)


def written(name: str, counts: Mapping[fields.Network, int], revision: int) -> Change:
    """The handle with these counts; one without address is deleted, and one that never was stays away."""
    key = keys.handle(name)
    left = {str(cidr): count for cidr, count in counts.items() if count > 0}
    if left:
        return Change(puts={key: {"block": left, "deleted": False}}, expect={key: revision})
    return Change(deletes=(key,) if revision else (), expect={key: revision})


def freed(
    blocks: Mapping[fields.Network, books.Stored],
    handles: Mapping[str, books.Handle],
    addresses: Collection[fields.Address],
    *,
    cooling_from: str | None = None,
) -> Change:
    """The blocks without these addresses, all of them held, and their handles counted as the blocks then have it."""
    after = dict(blocks)
    names: set[str] = set()
    for address in addresses:
        cidr, stored = next((cidr, stored) for cidr, stored in after.items() if address in cidr)
        names.add(holders.handle_of(stored.block.holder(address) or {}))
        after[cidr] = books.Stored(stored.block.release(address, cooling_from=cooling_from), stored.revision)
    return rewritten(blocks, after, {name: handles.get(name) for name in sorted(names - {""})})


def rewritten(
    before: Mapping[fields.Network, books.Stored],
    after: Mapping[fields.Network, books.Stored],
    handles: Mapping[str, books.Handle | None],
) -> Change:
    """The blocks as they are ``after``, and these handles counted as they then hold. An empty block of nobody goes."""
    touched = {cidr: stored for cidr, stored in after.items() if stored is not before.get(cidr)}
    gone = {cidr for cidr, stored in touched.items() if stored.block.affinity is None and not stored.block.taken}
    return merged(
        Change(
            puts={keys.block(cidr): stored.block.encode() for cidr, stored in touched.items() if cidr not in gone},
            deletes=tuple(map(keys.block, gone)),
            expect={keys.block(cidr): stored.revision for cidr, stored in touched.items()},
        ),
        *(_recounted(name, handle, after, touched) for name, handle in handles.items()),
    )


def _recounted(
    name: str,
    handle: books.Handle | None,
    after: Mapping[fields.Network, books.Stored],
    touched: Collection[fields.Network],
) -> Change:
    """What the handle states of other blocks stays; a record that cannot be read is made anew."""
    stated = None if handle is None else handle.counts
    counted_anew = touched if stated is not None else after
    counts = {cidr: _held(after[cidr], name) for cidr in counted_anew}
    return written(name, {**(stated or {}), **counts}, 0 if handle is None else handle.revision)


def _held(stored: books.Stored, name: str) -> int:
    return sum(holders.handle_of(holder) == name for _address, holder in stored.block.holders())
