"""What a host holds in the store: endpoints, addresses (also in blocks of others), blocks and claims; and its release.

An address is the host's if its holder says so, or an endpoint of the host has it and its holder says nothing; not if
an endpoint or a tunnel of another host has it. A block that others borrow of stays, without owner.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import fields, nodes, resources, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, holders, keys

from . import books, changes

MOST = 90  # keys of one transaction; etcd takes 128 operations
_TUNNELS = tuple(f"{kind}-tunnel-addr-" for kind in ("ipip", "vxlan", "vxlan-v6", "wireguard", "wireguard-v6"))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """``endpoints`` maps the keys of the host's own to their revisions; ``claims`` are its affinities."""

    node: str
    endpoints: Mapping[str, int]
    addresses: Mapping[fields.Address, str]  # key of the endpoint that has it, or an empty text
    blocks: Mapping[fields.Network, books.Stored]
    handles: Mapping[str, books.Handle]
    claims: tuple[books.Affinity, ...]
    cooling_from: str | None

    @property
    def claimed(self) -> tuple[fields.Network, ...]:
        """The blocks that the host claims, or that say that they are its own."""
        owned = (cidr for cidr, stored in self.blocks.items() if stored.block.node == self.node)
        return tuple(dict.fromkeys((*(claim.cidr for claim in self.claims), *owned)))

    def next_change(self) -> changes.Change | None:
        """The next transaction of the release: endpoints with their addresses first, blocks last; None at the end."""
        return self._freed() if self.endpoints or self.addresses else self._disowned()

    def _freed(self) -> changes.Change:
        """Endpoints together with their addresses, so that no address is free that an endpoint has."""
        gone: list[str] = []
        addresses: list[fields.Address] = []
        for key, some in self._units():
            size = len(gone) + 2 * len(addresses)
            if size and size + 1 + 2 * len(some) > MOST:
                break
            gone += [key] if key else []
            addresses += some
        return changes.merged(
            changes.Change(deletes=tuple(gone), expect={key: self.endpoints[key] for key in gone}),
            changes.freed(self.blocks, self.handles, addresses, cooling_from=self.cooling_from),
        )

    def _units(self) -> Iterator[tuple[str, list[fields.Address]]]:
        having = collections.defaultdict(list)
        for address, key in self.addresses.items():
            having[key].append(address)
        yield from ((key, having.pop(key, [])) for key in self.endpoints)
        yield from (("", [address]) for some in having.values() for address in some)

    def _disowned(self) -> changes.Change | None:
        claims = {claim.cidr: claim.revision for claim in self.claims}
        parts = [self._without_owner(cidr, claims.get(cidr, 0)) for cidr in self.claimed[: MOST // 2]]
        return changes.merged(*parts) if parts else None

    def _without_owner(self, cidr: fields.Network, claim: int) -> changes.Change:
        affinity, block, stored = keys.affinity(self.node, cidr), keys.block(cidr), self.blocks.get(cidr)
        gone = changes.Change(deletes=(affinity,) if claim else (), expect={affinity: claim})
        if stored is None or stored.block.node != self.node:
            return gone
        expect = {block: stored.revision}
        if not stored.block.taken:
            return changes.merged(gone, changes.Change(deletes=(block,), expect=expect))
        return changes.merged(gone, changes.Change(puts={block: stored.block.disowned().encode()}, expect=expect))


def read(store: stores.Store, node: str, now: float) -> Estate:
    """What the host holds at about ``now`` (seconds). Raises StoreError, Invalid."""
    claims = tuple(books.affinities(store, f"{books.HOSTS}{node}/"))
    found = books.every_block(store, now)
    handles = books.handles(store)
    endpoints = books.endpoints(store)
    readable = {cidr: stored for cidr, stored in found.items() if stored is not None}
    own = {one.resource.key: one.revision for one in endpoints.found if one.node == node}
    own |= {key: revision for key, revision in endpoints.unreadable.items() if _host_of(key) == node}
    having = {address: one.resource.key for one in endpoints.found if one.node == node for address in one.addresses}
    kept = {address for one in endpoints.found if one.node != node for address in one.addresses}
    kept.update(_tunnels_of_others(store, node))
    cooldown = books.settings(store).cooldown_seconds
    return Estate(
        node=node,
        endpoints=own,
        addresses={
            address: having.get(address, "")
            for address, holder, block in _held(readable.values())
            if address not in kept and _is_of(node, holder, block, known=address in having)
        },
        blocks=readable,
        handles=handles,
        claims=claims,
        cooling_from=books.stamp_of(now) if cooldown else None,
    )


def _held(every: Iterable[books.Stored]) -> Iterator[tuple[fields.Address, blocks.Attributes, blocks.Block]]:
    for stored in every:
        yield from ((address, holder, stored.block) for address, holder in stored.block.holders())


def _is_of(node: str, holder: blocks.Attributes, block: blocks.Block, *, known: bool) -> bool:
    """``known``: an endpoint of the host has the address."""
    if "releasedAt" in holder:
        return False
    if holders.is_reserved(holder):
        return block.node == node  # of the block, as long as it is the host's
    if stated := holders.secondary(holder).get("node"):
        return bool(stated == node)
    return known or holders.handle_of(holder) in {prefix + node for prefix in _TUNNELS}


def _host_of(key: str) -> str:
    return workload_endpoints.split_name(key.rpartition("/")[2])[0]


def _tunnels_of_others(store: stores.Store, node: str) -> Iterator[fields.Address]:
    own = resources.key_of(nodes.Node, node)
    for record in store.list(resources.prefix_of(nodes.Node)).records:
        if record.key != own:
            yield from books.tunnels(record)
