"""Addresses that nobody has are given back by hand, where no collector dares to."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import errors, fields, nodes, resources
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import holders
from ansible_collections.calico.docker.plugins.module_utils.model.ipam.blocks import Attributes

from . import ATTEMPTS, books, changes

MOST = 40  # addresses of one transaction: each may need a block, a handle and a condition on both
_YOUNG = 180.0  # seconds; no call of a container engine takes that long


@dataclasses.dataclass(frozen=True, slots=True)
class Released:
    """What was given back, in check mode would be; and what was free already."""

    addresses: tuple[fields.Address, ...]
    free: tuple[fields.Address, ...]


def release(
    store: stores.Store,
    addresses: Collection[fields.Address],
    now: float,
    *,
    force: bool = False,
    check_mode: bool = False,
) -> Released:
    """Give addresses back. Raises Invalid, before anything is written, for those that somebody may have; StoreError.

    ``force`` believes that nobody has them, whatever the store says.
    """
    before = _Books.read(store, now)
    if not force and (problems := list(before.problems(addresses))):
        raise errors.Invalid(problems)
    held = tuple(address for address in dict.fromkeys(addresses) if before.holder(address) is not None)
    if not check_mode:
        for start in range(0, len(held), MOST):
            _release(store, held[start : start + MOST], now, force=force)
    return Released(held, tuple(address for address in dict.fromkeys(addresses) if address not in held))


def of_handle(store: stores.Store, handle: str, now: float) -> tuple[fields.Address, ...]:
    """The addresses that a handle holds. Raises StoreError, Invalid."""
    found = books.every_block(store, now).values()
    held = (pair for stored in found if stored is not None for pair in stored.block.holders())
    return tuple(address for address, holder in held if holders.handle_of(holder) == handle)


@dataclasses.dataclass(frozen=True, slots=True)
class _Books:
    blocks: dict[fields.Network, books.Stored]
    endpoints: books.Endpoints
    tunnels: frozenset[fields.Address]
    now: float

    @classmethod
    def read(cls, store: stores.Store, now: float) -> _Books:
        every = books.every_block(store, now)
        endpoints = books.endpoints(store)
        of_nodes = store.list(resources.prefix_of(nodes.Node)).records
        return cls(
            {cidr: stored for cidr, stored in every.items() if stored is not None},
            endpoints,
            frozenset(address for record in of_nodes for address in books.tunnels(record)),
            now,
        )

    def holder(self, address: fields.Address) -> Attributes | None:
        """Who holds an address; one that cools is given back already."""
        found = next((stored for cidr, stored in self.blocks.items() if address in cidr), None)
        holder = None if found is None else found.block.holder(address)
        return None if holder is None or "releasedAt" in holder else holder

    def problems(self, addresses: Iterable[fields.Address]) -> Iterator[errors.Problem]:
        having = {address: one.resource.name for one in self.endpoints.found for address in one.addresses}
        for address in addresses:
            holder = self.holder(address)
            if holder is None:
                continue
            if address in having:
                yield _refused(address, f"endpoint {having[address]} has it: remove the container")
            elif address in self.tunnels:
                yield _refused(address, "a node uses it for its tunnel")
            elif self.endpoints.unreadable:
                yield _refused(address, f"endpoints cannot be read: {', '.join(self.endpoints.unreadable)}")
            elif holders.is_libnetworks(holder) and not self._is_old(holder):
                yield _refused(address, "was taken just now, its container may be starting: wait three minutes")

    def _is_old(self, holder: Attributes) -> bool:
        stamp = str(holders.secondary(holder).get("timestamp", ""))
        # One without a time that can be read is no container's that is just being made.
        return not books.is_past(stamp, float("-inf"), self.now) or books.is_past(stamp, _YOUNG, self.now)


def _refused(address: fields.Address, allowed: str) -> errors.Problem:
    return errors.Problem("addresses", str(address), f"{allowed}; or use force if you know better")


def _release(store: stores.Store, addresses: Collection[fields.Address], now: float, *, force: bool) -> None:
    for _attempt in range(ATTEMPTS):
        found = _Books.read(store, now)
        if not force and (problems := list(found.problems(addresses))):
            raise errors.Invalid(problems)
        left = [address for address in addresses if found.holder(address) is not None]
        cooling = books.stamp_of(now) if books.settings(store).cooldown_seconds else None
        change = changes.freed(found.blocks, books.handles(store), left, cooling_from=cooling)
        guard = {} if force else {books.ENDPOINTS: found.endpoints.revision}
        try:
            changes.merged(change, changes.Change(unchanged=guard)).commit(store)
        except stores.Conflict:
            continue
        return
    raise stores.StoreError(f"other writers were faster {ATTEMPTS} times, run this again")
