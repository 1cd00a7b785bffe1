"""Addresses that are asked for by name: which a handle holds, and the transaction that makes it so."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Collection, Iterable, Iterator

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import errors, fields, ip_pools, nodes, resources
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, holders, keys
from ansible_collections.calico.docker.plugins.module_utils.model.ipam.blocks import Attributes

from . import books, changes, lookups

_CONFIRMED = {"state": "confirmed", "deleted": False}


def hold(
    store: stores.Store, handle: str, node: str, addresses: Collection[fields.Address], now: float
) -> changes.Change:
    """The change by which ``handle`` holds exactly these addresses, for ``node``; empty if it does.

    Addresses outside of all pools are in no book. Raises Invalid with those that cannot be taken, StoreError.
    """
    every = books.every_block(store, now)
    readable = {cidr: stored for cidr, stored in every.items() if stored is not None}
    held = set(_held(readable.values(), handle))
    missing = [address for address in addresses if address not in held]
    extra = held.difference(addresses)
    if not missing and not extra:
        return changes.Change()
    pools, _revision = lookups.every(store, ip_pools.IPPool)
    editor = _Editor(store, handle, node, now, dict(readable), every.keys(), pools)
    editor.take(missing)
    editor.give_back(extra)
    known = {handle: books.handles(store).get(handle)}
    claims = changes.Change(
        puts=dict.fromkeys(editor.claims, _CONFIRMED), expect={**editor.claims, **editor.conditions}
    )
    return changes.merged(changes.rewritten(readable, editor.blocks, known), claims)


def _held(every: Iterable[books.Stored], handle: str) -> Iterator[fields.Address]:
    for stored in every:
        for address, holder in stored.block.holders():
            if holders.handle_of(holder) == handle:
                yield address


@dataclasses.dataclass(slots=True)
class _Editor:
    """Edits blocks. ``claims`` are affinities that come with new ones, ``conditions`` what else must stay as it is."""

    store: stores.Store
    handle: str
    node: str
    now: float
    blocks: dict[fields.Network, books.Stored]
    known: Collection[fields.Network]  # those too that cannot be read
    pools: Collection[ip_pools.IPPool]
    claims: dict[str, int] = dataclasses.field(default_factory=dict)
    conditions: dict[str, int] = dataclasses.field(default_factory=dict)

    def take(self, addresses: Iterable[fields.Address]) -> None:
        """Raises Invalid with all that cannot be taken."""
        if problems := [problem for address in addresses for problem in self._take(address)]:
            raise errors.Invalid(problems)

    def give_back(self, addresses: Iterable[fields.Address]) -> None:
        cooling = books.stamp_of(self.now) if books.settings(self.store).cooldown_seconds else None
        for address in addresses:
            cidr, stored = next((cidr, stored) for cidr, stored in self.blocks.items() if address in cidr)
            self.blocks[cidr] = books.Stored(stored.block.release(address, cooling_from=cooling), stored.revision)

    def _take(self, address: fields.Address) -> Iterator[errors.Problem]:
        pool = next((pool for pool in self.pools if address in pool.spec.cidr), None)
        if pool is None:
            return
        cidr = next((cidr for cidr in self.blocks if address in cidr), None) or self._claimed(pool, address)
        if cidr is None:
            yield _refused(
                address, f"its block cannot be made: there is no node {self.node}, or another block is there"
            )
            return
        stored = self.blocks[cidr]
        if (holder := stored.block.holder(address)) is not None:
            yield _refused(address, f"is in use (handle {holders.handle_of(holder) or 'none'})")
        elif stored.block.node != self.node and books.settings(self.store).strict_affinity:
            yield _refused(address, f"is in a block of node {stored.block.node}, and strict affinity keeps it there")
        else:
            block, _address = stored.block.assign(self._attributes(), address)
            self.blocks[cidr] = books.Stored(block, stored.revision)

    def _attributes(self) -> Attributes:
        return {"handle_id": self.handle, "secondary": {"node": self.node, "timestamp": books.stamp_of(self.now)}}

    def _claimed(self, pool: ip_pools.IPPool, address: fields.Address) -> fields.Network | None:
        """A new block of the node; None if there may be none."""
        cidr = ipaddress.ip_network(f"{address}/{pool.spec.block_size}", strict=False)
        node = self.store.get(resources.key_of(nodes.Node, self.node))
        if node is None or any(ip_pools.overlap(cidr, other) for other in (*self.known, *self.blocks)):
            return None
        key = keys.affinity(self.node, cidr)
        claim = self.store.get(key)
        self.claims[key] = 0 if claim is None else claim.revision
        self.conditions[node.key] = node.revision
        made = blocks.fresh(cidr, node=self.node, claim_time=books.stamp_of(self.now), sequence=int(self.now * 1e9))
        self.blocks[cidr] = books.Stored(made, 0)
        return cidr


def _refused(address: fields.Address, allowed: str) -> errors.Problem:
    return errors.Problem("spec.ipNetworks", str(address), allowed)
