"""Whether a host's kernel knows the way to every block of the other hosts, and whether it is the designed one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Set

from . import designs, reading, rows

TITLE = "routes to blocks"


@dataclasses.dataclass(frozen=True, slots=True)
class Kernel:
    """All routes, and the link-layer addresses of IPv6 neighbours."""

    routes: tuple[reading.Route, ...]
    neighbours: Mapping[reading.Address, str]

    def best(self) -> Mapping[reading.Network, reading.Route]:
        """The route that is used, of each destination."""
        return {route.destination: route for route in sorted(self.routes, key=lambda route: -route.metric)}

    def difference(self, block: reading.Block, route: reading.Route | None, hops: designs.Hops) -> str:
        """What is wrong with the route to a block, or ""."""
        place = f"block {block.cidr} of {block.node}"
        if route is None:
            return f"{place}: no route; does {block.node} announce it, and are the sessions up?"
        named = frozenset(self._named(gateway, hops.gateways) for gateway in route.gateways)
        if hops.fit(dataclasses.replace(route, gateways=named)):
            return ""
        return f"{place}: leads to {_way(route)}, must lead to {hops}; whose session brings it? calicoctl node status"

    def _named(self, gateway: reading.Address, wanted: Set[reading.Address]) -> reading.Address:
        """BGP's IPv6 next hop may be link-local: it stands for who has its link-layer address.

        Where the kernel does not know both, nobody can tell them apart, and it is taken for the wanted one.
        """
        if gateway in wanted or not gateway.is_link_local:
            return gateway
        own = self.neighbours.get(gateway)
        same = (one for one in sorted(wanted, key=str) if own is None or self.neighbours.get(one, own) == own)
        return next(same, gateway)


def read(result: reading.Result, neighbours: reading.Result) -> Kernel | str:
    """From the results of ``ip -json route show`` for both IP versions, and of the neighbours; or why there is none."""
    found = reading.routes(result)
    if found is None:
        return f"ip route failed: {_complaints(result)}"
    return Kernel(tuple(found), reading.neighbours(neighbours))


def check(
    host: str, node: str, kernel: Kernel, design: designs.Design, strangers: Set[reading.Address]
) -> Iterable[rows.Row]:
    """All blocks of other hosts, where the design wants a route."""
    best = kernel.best()
    wanted = {block: design.hops(node, block, kernel.routes, strangers) for block in design.datastore.blocks}
    needed = {block: hops for block, hops in wanted.items() if block.node != node and hops is not None}
    bad = [
        rows.failed(host, TITLE, text)
        for block, hops in needed.items()
        if (text := kernel.difference(block, best.get(block.cidr), hops))
    ]
    return rows.one_or_all(rows.Row(host, TITLE, differs=f"{len(needed)} as designed"), bad)


def _way(route: reading.Route) -> str:
    if route.kind != "unicast":
        return route.kind
    return " and ".join(map(str, sorted(route.gateways, key=str))) or " and ".join(sorted(route.devices))


def _complaints(result: reading.Result) -> str:
    parts = result.get("results") or [result]
    return next((reading.complaint(part) for part in parts if part.get("rc") != 0), "it printed no JSON")
