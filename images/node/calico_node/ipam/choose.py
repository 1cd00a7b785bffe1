"""Which block serves a request: the host's own, else a new one, else one of another host.

Reads lazily: most requests need only the host's first block.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools, nodes
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

from . import blocks, errors, keys, pools, views

Existing = Mapping[fields.Network, views.Stored | None]  # None: unreadable, but it is there


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """An address to take, its block, and the affinities to confirm with it: key and revision it must still have."""

    stored: views.Stored
    pool: ip_pools.IPPool
    address: fields.Address
    affinities: Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Chooser:
    """One request of a host: its candidate pools of one family, in the order in which they are used up."""

    view: views.View
    node: nodes.Node
    candidates: pools.Pools

    @property
    def version(self) -> int:
        return self.candidates[0].spec.cidr.version

    def choose(self) -> Target:
        """The block that gives the next address. Raises Exhausted."""
        claims = self.view.affinities(self.node.name, self.version)
        if target := self._own(claims):
            return target
        existing = self.view.blocks(self.version)
        held = sum(self._pool_of(cidr) is not None for cidr in claims)
        self._refuse_claim(held, existing)
        return self._new(existing) or self._borrowed(existing)

    def _own(self, claims: Mapping[fields.Network, tuple[str, int]]) -> Target | None:
        for cidr, (state, revision) in claims.items():
            pool = self._pool_of(cidr)
            if pool is None or state == "pendingDeletion":
                continue
            try:
                stored = self.view.block(cidr) or made(self.view, self.node.name, cidr)
            except Invalid:
                continue  # view.blocks() says so in the log, once the others are full
            address = stored.block.first_free(self.view.reserved) if stored.block.node == self.node.name else None
            if address is not None:
                return Target(stored, pool, address, {keys.affinity(self.node.name, cidr): revision})
        return None

    def _refuse_claim(self, held: int, existing: Existing) -> None:
        """As upstream: at these limits nothing is borrowed either."""
        config = self.view.config
        if not config.auto_allocate_blocks:
            raise errors.Exhausted(f"{self._usage(existing)}; ipam config: automatic allocation of blocks is off")
        if held >= config.max_blocks_per_host:
            raise errors.Exhausted(
                f"node {self.node.name} holds {held} full blocks, as many as maxBlocksPerHost allows; "
                f"{self._usage(existing)}"
            )

    def _new(self, existing: Existing) -> Target | None:
        for pool in self.candidates:
            for cidr in _unused(pool, self.node.name, existing, self.view.reserved):
                address = made(self.view, self.node.name, cidr).block.first_free(self.view.reserved)
                if address is not None:
                    return claim(self.view, self.node.name, pool, address)
        return None

    def _borrowed(self, existing: Existing) -> Target:
        if self.view.config.strict_affinity:
            raise errors.Exhausted(f"{self._usage(existing)}; strict affinity forbids blocks of other hosts")
        for cidr, stored in existing.items():
            pool = self._pool_of(cidr)
            address = None if pool is None or stored is None else stored.block.first_free(self.view.reserved)
            if pool is not None and stored is not None and address is not None:
                return Target(stored, pool, address)
        raise errors.Exhausted(self._usage(existing))

    def _pool_of(self, cidr: fields.Network) -> ip_pools.IPPool | None:
        return pools.containing(self.candidates, cidr.network_address)

    def _usage(self, existing: Existing) -> str:
        return "; ".join(_usage(pool, existing) for pool in self.candidates)


def claim(view: views.View, node: str, pool: ip_pools.IPPool, address: fields.Address) -> Target:
    """A new block for the host; its affinity is compared too, and an abandoned claim taken over."""
    cidr = pools.block_of(pool, address)
    key = keys.affinity(node, cidr)
    before = view.datastore.get(key)
    return Target(made(view, node, cidr), pool, address, {key: 0 if before is None else before.revision})


def made(view: views.View, node: str, cidr: fields.Network) -> views.Stored:
    """The block that is not there yet. Its sequence starts at the time, so that it never repeats an earlier block's."""
    return views.Stored(blocks.fresh(cidr, node=node, claim_time=view.timestamp, sequence=int(view.now * 1e9)), 0)


def _unused(
    pool: ip_pools.IPPool, node: str, existing: Existing, reserved: Iterable[fields.Network]
) -> Iterator[fields.Network]:
    """The pool's blocks that overlap no existing one; a former pool may have been cut in other sizes."""
    others = [cidr for cidr in existing if cidr.prefixlen != pool.spec.block_size]
    for cidr in pools.blocks_from(pool, node, reserved):
        if cidr not in existing and not any(ip_pools.overlap(cidr, other) for other in others):
            yield cidr


def _usage(pool: ip_pools.IPPool, existing: Existing) -> str:
    inside = [stored for cidr, stored in existing.items() if cidr.network_address in pool.spec.cidr]
    taken = sum(stored.block.taken for stored in inside if stored is not None)
    return (
        f"pool {pool.name} ({pool.spec.cidr}) is exhausted: "
        f"{taken} of {pool.spec.cidr.num_addresses} addresses used in {len(inside)} blocks"
    )
