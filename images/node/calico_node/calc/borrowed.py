"""Addresses behind tunnels that are not where their block is: a container's, in a block of another host than its own.

No block stands for them, so each needs a route. There are few: only hosts that found no block left borrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from ansible_collections.calico.docker.plugins.module_utils.model import ip_pools, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Network, Snapshot

# A host, and an address (/32, /128) that one of its containers has.
Borrower = tuple[str, Network]
_Blocks = Set[tuple[str, Network]]


def tunnelled(snapshot: Snapshot) -> tuple[ip_pools.IPPoolSpec, ...]:
    """The pools behind tunnels, in order of their names."""
    return tuple(pool.spec for _name, pool in sorted(snapshot.pools.items()) if ip_pools.is_tunnelled(pool.spec))


def pool_of(network: Network, pools: Iterable[ip_pools.IPPoolSpec]) -> ip_pools.IPPoolSpec | None:
    """The pool that a block or an address lies in."""
    return next(
        (one for one in pools if network.prefixlen >= one.cidr.prefixlen and ip_pools.overlap(network, one.cidr)), None
    )


def borrowed(snapshot: Snapshot) -> frozenset[Borrower]:
    """All of them, from a whole snapshot."""
    return Borrowed().update(snapshot, snapshot.endpoints)


class Borrowed:
    """The same, kept up to date."""

    def __init__(self) -> None:
        self._made_of: tuple[object, ...] = ()
        self._pools: tuple[ip_pools.IPPoolSpec, ...] = ()
        self._blocks: _Blocks = frozenset()
        self._of_endpoint: dict[str, frozenset[Borrower]] = {}
        self._all: frozenset[Borrower] = frozenset()

    def update(self, snapshot: Snapshot, changed: Iterable[str]) -> frozenset[Borrower]:
        """Go on to a snapshot in which these endpoints are other ones; the same object if nothing moved."""
        made_of = (snapshot.pools, snapshot.affinities)
        if len(self._made_of) != len(made_of) or any(a is not b for a, b in zip(self._made_of, made_of, strict=True)):
            self._made_of = made_of
            self._pools = tunnelled(snapshot)
            self._blocks = frozenset(pair for pair, state in snapshot.affinities.items() if state == "confirmed")
            changed = {*self._of_endpoint, *snapshot.endpoints} if self._pools else {*self._of_endpoint}
        if self._pools or self._of_endpoint:
            self._take(snapshot.endpoints, changed)
        return self._all

    def _take(self, endpoints: Mapping[str, workload_endpoints.WorkloadEndpoint], changed: Iterable[str]) -> None:
        moved = False
        for name in changed:
            old = self._of_endpoint.pop(name, frozenset())
            new = self._by(endpoints[name]) if name in endpoints else frozenset()
            if new:
                self._of_endpoint[name] = new
            moved = moved or new != old
        if moved:
            self._all = frozenset[Borrower]().union(*self._of_endpoint.values())

    def _by(self, endpoint: workload_endpoints.WorkloadEndpoint) -> frozenset[Borrower]:
        host = endpoint.host
        return frozenset(
            (host, address)
            for address in endpoint.spec.ip_networks
            if (pool := pool_of(address, self._pools)) is not None
            and (host, address.supernet(new_prefix=pool.block_size)) not in self._blocks
        )
