"""Another allocator on the same store that works as upstream's does: one key at a time, in upstream's order.

Each ``yield`` is a moment in which everybody else may write. A call that loses a compare-and-swap starts anew, as
upstream's does within its bounds.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Generator, Iterable
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile import books
from calico_node.ipam import choose
from tests.fakes.store import FakeStore

Steps = Generator[None, None, Any]


class Upstream:
    """Upstream's client on one host; ``network`` is the pool, cut in blocks of ``size``."""

    def __init__(self, datastore: FakeStore, clock: Any, node: str, network: fields.Network, size: int) -> None:
        self.store = datastore
        self.clock = clock
        self.node = node
        self.cidrs = list(network.subnets(new_prefix=size))

    def assign(self, handle: str) -> Steps:
        """The address that was taken, or None."""
        for _try in range(100):
            try:
                cidr = yield from self._block()
                if cidr is None:
                    return None
                address = yield from self._assign_from(cidr, handle)
            except store.Conflict:
                continue
            if address is not None:
                return address
        raise AssertionError("no success in 100 tries")

    def release(self, address: fields.Address, handle: str) -> Steps:
        for _try in range(100):
            cidr = next(cidr for cidr in self.cidrs if address in cidr)
            found = self._read(cidr)
            yield
            assert found is not None
            block = found.block.release(address)
            try:
                if block.affinity is None and not block.taken:
                    self.store.commit({}, [keys.block(cidr)], {keys.block(cidr): found.revision})
                else:
                    self._swap(keys.block(cidr), block.encode(), found.revision)
            except store.Conflict:
                continue
            yield
            self._count(handle, cidr, -1)
            return None
        raise AssertionError("no success in 100 tries")

    def _block(self) -> Steps:
        """A block to take from: affine, new, reclaimed, borrowed."""
        for record in self.store.list(keys.affinities(self.node, 4)).records:
            cidr = keys.cidr_of(record.key)
            assert cidr is not None
            yield
            block = yield from self._affine(cidr)
            if block is not None and block.unallocated:
                return cidr
        found = {cidr: self._read(cidr) for cidr in self.cidrs}
        yield
        for cidr in self._claimable(found):
            stored = found[cidr]
            if stored is not None and stored.block.node != self.node:
                yield from self._give_up(stored.block.node or "", cidr, stored.block.sequence_number)
            block = yield from self._claim(cidr)
            if block is not None and block.unallocated:
                return cidr
        return next((cidr for cidr, stored in found.items() if stored is not None and stored.block.unallocated), None)

    def _claimable(self, found: dict[fields.Network, books.Stored | None]) -> Iterable[fields.Network]:
        yield from (cidr for cidr, stored in found.items() if stored is None)
        for cidr, stored in found.items():
            if stored is None or stored.block.taken or stored.block.node is None:
                continue
            age = self.clock.now - books.seconds_of(stored.block.claim_time or "1970-01-01T00:00:00Z")
            if stored.block.node == self.node or age >= choose.RECLAIM_SECONDS:
                yield cidr

    def _affine(self, cidr: fields.Network) -> Steps:
        """The block of an affinity: made, confirmed, or given up as stale."""
        key = keys.affinity(self.node, cidr)
        record = self.store.get(key)
        stored = self._read(cidr)
        yield
        if record is None:
            return None
        if stored is None:
            self._state(key, "pending", record.revision)
            yield
            return (yield from self._create(cidr))
        if stored.block.node != self.node:
            self.store.commit({}, [key], {key: record.revision})
            return None
        document = record.document()
        assert isinstance(document, dict)
        if document["state"] not in ("confirmed", ""):
            revision = self._state(key, "pending", record.revision)
            yield
            self._swap(keys.block(cidr), stored.block.touched().encode(), stored.revision)
            yield
            self._state(key, "confirmed", revision)
        return stored.block

    def _claim(self, cidr: fields.Network) -> Steps:
        key = keys.affinity(self.node, cidr)
        record = self.store.get(key)
        yield
        document: Any = None if record is None else record.document()
        if document is None or document["state"] != "confirmed":
            self._state(key, "pending", 0 if record is None else record.revision)
        yield
        return (yield from self._affine(cidr))

    def _create(self, cidr: fields.Network) -> Steps:
        """The block, and then its affinity confirmed; if another host was faster, the affinity goes."""
        key = keys.affinity(self.node, cidr)
        stamp = books.stamp_of(self.clock.now)
        fresh = blocks.fresh(cidr, node=self.node, claim_time=stamp, sequence=int(self.clock.now * 1e9))
        record = self.store.get(key)
        if record is None:
            return None
        try:
            self._swap(keys.block(cidr), fresh.encode(), 0)
        except store.Conflict:
            stored = self._read(cidr)
            if stored is None or stored.block.node != self.node:
                self.store.commit({}, [key], {key: record.revision})
                return None
            fresh = stored.block
        yield
        self._state(key, "confirmed", record.revision)
        return fresh

    def _give_up(self, node: str, cidr: fields.Network, sequence: int) -> Steps:
        """Another node's affinity to an empty block, and the block."""
        key = keys.affinity(node, cidr)
        record, stored = self.store.get(key), self._read(cidr)
        yield
        if record is None or stored is None or stored.block.taken or stored.block.sequence_number != sequence:
            return
        if stored.block.node != node:
            self.store.commit({}, [key], {key: record.revision})
            return
        revision = self._state(key, "pendingDeletion", record.revision)
        yield
        self.store.commit({}, [keys.block(cidr)], {keys.block(cidr): stored.revision})
        yield
        self.store.commit({}, [key], {key: revision})

    def _assign_from(self, cidr: fields.Network, handle: str) -> Steps:
        found = self._read(cidr)
        yield
        if found is None or not found.block.unallocated:
            return None
        block, address = found.block.assign({"handle_id": handle, "secondary": {"node": self.node}})
        self._count(handle, cidr, 1)
        yield
        try:
            self._swap(keys.block(cidr), block.encode(), found.revision)
        except store.Conflict:
            yield
            self._count(handle, cidr, -1)
            raise
        return address

    def _count(self, handle: str, cidr: fields.Network, by: int) -> None:
        key = keys.handle(handle)
        record = self.store.get(key)
        document: Any = {"block": {}} if record is None else record.document()
        counts = {**document["block"], str(cidr): document["block"].get(str(cidr), 0) + by}
        left = {name: count for name, count in counts.items() if count > 0}
        if left:
            self._swap(key, {"block": left, "deleted": False}, 0 if record is None else record.revision)
        elif record is not None:
            self.store.commit({}, [key], {key: record.revision})

    def _state(self, key: str, state: str, revision: int) -> int:
        return self._swap(key, {"state": state, "deleted": False}, revision)

    def _swap(self, key: str, document: store.Document, revision: int) -> int:
        return self.store.commit({key: document}, expect={key: revision})

    def _read(self, cidr: fields.Network) -> books.Stored | None:
        record = self.store.get(keys.block(ipaddress.ip_network(str(cidr))))
        return None if record is None else books.Stored(blocks.decode(cidr, record.document()), record.revision)
