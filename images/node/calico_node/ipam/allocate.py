"""Addresses for this host's containers: handed out once, whoever else asks at the same moment.

Block, handle and affinity change in one transaction that compares their revisions, and those of the pool and of the
host's Node: others see only whole assignments. There is no lease and no lock between hosts. A write whose answer was
lost leaves an address that no endpoint has; the plugin's collector finds it by ``holders.is_ours``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools, nodes
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, holders, keys

from . import choose, errors, pools, swap, views

T = TypeVar("T")
_CONFIRMED = {"state": choose.CONFIRMED, "deleted": False}


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: any address of a family, any of a subnet or a range in it, or this one (of the subnet).

    A subnet is a pool or a part of one. Of ``spared``, addresses are only given where there are no others.
    """

    version: int
    subnet: fields.Network | None = None
    address: fields.Address | None = None
    range: fields.Network | None = None
    spared: tuple[fields.Network, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """An address that a container of this host holds, or held and lost, since ``timestamp`` (RFC 3339)."""

    address: fields.Address
    handle: str
    timestamp: str


class Allocator:
    """Safe to share between threads. ``patience`` bounds, in seconds, how long a call fights other writers."""

    def __init__(self, datastore: store.Store, node: str, *, clock: swap.Clock = time, patience: float = 5.0) -> None:
        self._datastore = datastore
        self._node = node
        self._clock = clock
        self._patience = patience
        # Threads of one process would only make each other lose.
        self._turn = threading.Lock()

    def candidates(self, wish: Wish) -> tuple[pools.Source, ...]:
        """What may serve a wish, in order. Raises NoPool, NotInPool, NotRegistered, StoreError."""
        view = self._view()
        node, _revision = view.node(self._node)
        return _candidates(view, node, wish)

    def assign(self, wish: Wish) -> fields.Address:
        """Take an address. Raises IPAMError, StoreError, Invalid."""
        handle = holders.HANDLE_PREFIX + str(uuid.uuid4())
        return self._in_turn(lambda: self._assign(wish, handle))

    def release(self, address: fields.Address, handle: str | None = None) -> bool:
        """Give an address back; False if no container of this host holds it, or not by ``handle``.

        Raises IPAMError, StoreError, Invalid.
        """
        return self._in_turn(lambda: self._release(address, handle))

    def handles_of(self, addresses: Iterable[fields.Address]) -> Mapping[fields.Address, str]:
        """The handles of those addresses that this host's containers hold. Raises StoreError, Invalid."""
        view = self._view()
        held: dict[fields.Address, str] = {}
        for address in addresses:
            found = view.holding(address)
            holder = None if found is None else found.block.holder(address)
            if holder is not None and holders.is_ours(holder, self._node):
                held[address] = str(holder["handle_id"])
        return held

    def held(self) -> tuple[Held, ...]:
        """Every address that is out for containers of this host. Raises StoreError, Invalid."""
        view = self._view()
        stored = (found for version in (4, 6) for found in view.blocks(version).values() if found is not None)
        return tuple(
            _held(address, holder)
            for found in stored
            for address, holder in found.block.holders()
            if holders.is_ours(holder, self._node)
        )

    def holding(self, address: fields.Address) -> Held | None:
        """Who of this host's containers holds an address. Raises StoreError, Invalid."""
        found = self._view().holding(address)
        holder = None if found is None else found.block.holder(address)
        return _held(address, holder) if holder is not None and holders.is_ours(holder, self._node) else None

    def _in_turn(self, attempt: Callable[[], T]) -> T:
        if not self._turn.acquire(timeout=self._patience):
            raise errors.Busy(f"no turn within {self._patience:g} s: an earlier request of this host waits for etcd")
        try:
            return swap.until_won(attempt, clock=self._clock, patience=self._patience)
        finally:
            self._turn.release()

    def _view(self) -> views.View:
        return views.View.read(self._datastore, self._clock.time())

    def _assign(self, wish: Wish, handle: str) -> fields.Address:
        view = self._view()
        node, node_revision = view.node(self._node)
        candidates = _candidates(view, node, wish)
        if wish.address is None:
            target = _chosen(view, node, candidates, wish.spared)
        else:
            target = _given(view, self._node, candidates[0].pool, wish.address)
        puts, expect = taking(view, target, holders.attributes(handle, self._node, view.timestamp))
        self._datastore.commit(puts, target.gone, {**expect, node.key: node_revision})
        return target.address

    def _release(self, address: fields.Address, handle: str | None) -> bool:
        view = self._view()
        found = view.holding(address)
        holder = None if found is None else found.block.holder(address)
        if found is None or holder is None or not holders.is_ours(holder, self._node):
            return False
        if handle not in (None, holder["handle_id"]):
            return False
        block = found.block.release(address, cooling_from=view.timestamp if view.config.cooldown_seconds else None)
        puts, deletes, expect = _handle_without(view, keys.handle(holder["handle_id"]), block.cidr)
        key = keys.block(block.cidr)
        affinity = _given_up(view, block)
        if affinity is None:
            puts = {**puts, key: block.encode()}
        else:
            deletes, expect = (*deletes, key, *affinity), {**expect, **affinity}
        self._datastore.commit(puts, deletes, {**expect, key: found.revision})
        return True


def taking(
    view: views.View, target: choose.Target, holder: blocks.Attributes
) -> tuple[dict[str, store.Document], dict[str, int]]:
    """The writes that give a target's address to a holder, who has none yet, and the revisions they depend on."""
    block, _address = target.stored.block.assign(holder, target.address)
    block_key, handle_key = keys.block(block.cidr), keys.handle(holders.handle_of(holder))
    puts: dict[str, store.Document] = {
        block_key: block.encode(),
        handle_key: {"block": {str(block.cidr): 1}, "deleted": False},
        **dict.fromkeys(target.affinities, _CONFIRMED),
    }
    expect = {block_key: target.stored.revision, handle_key: 0, target.pool.key: view.revisions[target.pool.key]}
    return puts, {**expect, **target.affinities, **target.gone}


def _held(address: fields.Address, holder: blocks.Attributes) -> Held:
    return Held(address, holder["handle_id"], str(holders.secondary(holder).get("timestamp", "")))


def _candidates(view: views.View, node: nodes.Node, wish: Wish) -> tuple[pools.Source, ...]:
    """An address that is asked for by name needs an enabled pool, no more."""
    if wish.subnet is not None:
        source = pools.Source(pools.of_subnet(view.pools, wish.subnet), wish.range or wish.subnet)
        if wish.address is not None and wish.address not in wish.subnet:
            raise errors.NotInPool(f"address {wish.address} is not in subnet {wish.subnet}")
        return (source,)
    if wish.address is None:
        return tuple(pools.Source(pool, pool.spec.cidr) for pool in pools.automatic(view.pools, wish.version, node))
    enabled = pools.enabled(view.pools, wish.version)
    if pool := pools.containing(enabled, wish.address):
        return (pools.Source(pool, pool.spec.cidr),)
    raise errors.NotInPool(f"address {wish.address} is in no enabled pool: the pools are {pools.listed(enabled)}")


def _chosen(
    view: views.View, node: nodes.Node, candidates: tuple[pools.Source, ...], spared: tuple[fields.Network, ...]
) -> choose.Target:
    """Addresses of parts of the pools are others', those of whole pools everybody's."""
    parts = tuple(network for network in spared if not any(network == source.part for source in candidates))
    if parts:
        with contextlib.suppress(errors.Exhausted):
            careful = dataclasses.replace(view, reserved=(*view.reserved, *parts))
            return choose.Chooser(careful, node, candidates).choose()
    return choose.Chooser(view, node, candidates).choose()


def _given(view: views.View, node: str, pool: ip_pools.IPPool, address: fields.Address) -> choose.Target:
    cidr = pools.block_of(pool, address)
    stored = view.block(cidr)
    if stored is None:
        _refuse_overlap(view, cidr, address)
        return choose.claim(view, node, pool, address)
    if (holder := stored.block.holder(address)) is not None:
        raise errors.InUse(f"address {address} is in use {_described(holder)}")
    if view.config.strict_affinity and stored.block.node != node:
        raise errors.NotInPool(
            f"address {address} is in block {cidr} of node {stored.block.node}, and strict affinity keeps it there"
        )
    return choose.Target(stored, pool, address)


def _refuse_overlap(view: views.View, cidr: fields.Network, address: fields.Address) -> None:
    """A former pool may have been cut in other sizes; in two overlapping blocks an address would be free twice."""
    if found := next((other for other in view.blocks(cidr.version) if ip_pools.overlap(cidr, other)), None):
        raise errors.Overlapping(
            f"address {address} cannot be given: its block {cidr} would overlap block {found}, which has another size; "
            "ask for an address outside both, or for none"
        )


def _described(holder: blocks.Attributes) -> str:
    if "releasedAt" in holder:
        return f"(released at {holder['releasedAt']}, kept back for ipCooldownSeconds)"
    return f"on node {holders.secondary(holder).get('node', 'unknown')} (handle {holder.get('handle_id', 'none')})"


def _given_up(view: views.View, block: blocks.Block) -> Mapping[str, int] | None:
    """The owner's affinity, at its revision, that goes with an empty block; None if the block stays."""
    if block.taken:
        return None
    if block.affinity is None:
        return {}
    pool = pools.containing(pools.enabled(view.pools, block.cidr.version), block.cidr.network_address)
    if block.node is None or pool is None:
        return None
    try:
        owner, _revision = view.node(block.node)
    except errors.NotRegistered:
        return None
    if pools.selects(pool, owner):
        return None
    record = view.datastore.get(keys.affinity(block.node, block.cidr))
    return {} if record is None else {record.key: record.revision}


def _handle_without(
    view: views.View, key: str, cidr: fields.Network
) -> tuple[dict[str, store.Document], tuple[str, ...], dict[str, int]]:
    """Puts, deletes and expectations that count a handle down by one address of a block."""
    record = view.datastore.get(key)
    if record is None:
        return {}, (), {key: 0}
    document = record.document()
    counts = dict(document.get("block") or {}) if isinstance(document, Mapping) else {}
    counts[str(cidr)] = counts.get(str(cidr), 1) - 1
    left = {block: count for block, count in counts.items() if count > 0}
    if not left:
        return {}, (key,), {key: record.revision}
    return {key: {**document, "block": left}}, (), {key: record.revision}
