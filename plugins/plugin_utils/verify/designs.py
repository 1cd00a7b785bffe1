"""What the inventory and the datastore ask of a host: its peers, and the next hop to the blocks of another."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator, Mapping, Set

from ansible_collections.calico.docker.plugins.plugin_utils.fabric import reading as fabrics

from .reading import Address, Block, Datastore, Interface, Route

_TUNNELS = frozenset({"vxlan.calico", "vxlan-v6.calico", "ipip.calico"})
_TORS = (fabrics.TOR_EBGP, fabrics.TOR_IBGP)


@dataclasses.dataclass(frozen=True, slots=True)
class Hops:
    """Where a route may lead: all of its next hops are among ``gateways``, or it leaves by a tunnel."""

    gateways: Set[Address] = frozenset()
    tunnelled: bool = False

    def __str__(self) -> str:
        if self.tunnelled:
            return "a tunnel of Calico's"
        return " or ".join(map(str, sorted(self.gateways, key=str))) or "a way that this host does not have"

    def fit(self, route: Route) -> bool:
        """Whether a route is as designed."""
        if route.kind != "unicast":
            return False
        if self.tunnelled:
            return bool(route.devices) and route.devices <= _TUNNELS
        return bool(route.gateways) and route.gateways <= self.gateways


@dataclasses.dataclass(frozen=True, slots=True)
class Design:
    """``preset`` is None where the inventory states none: then peers are whatever the datastore asks for."""

    preset: str | None
    hosts: Mapping[str, fabrics.Host]  # by Node
    routers: tuple[fabrics.Router, ...]
    datastore: Datastore

    def peers(self, node: str) -> Mapping[Address, str]:
        """Who a host must have a session with by the inventory, and what to call them."""
        own = self.hosts.get(node)
        if own is None or self.preset is None:
            return {}
        versions = self.datastore.nodes.get(node, {})
        return {one: name for one, name in self._peers(own) if one.version in versions}

    def _peers(self, own: fabrics.Host) -> Iterator[tuple[Address, str]]:
        if self.preset in _TORS:
            for name, address in self._tors(own):
                yield address, f"router {name}"
            return
        for node, other in self.hosts.items():
            if node != own.node and (self.preset == fabrics.MESH or own.reflector or other.reflector):
                for interface in self.datastore.nodes.get(node, {}).values():
                    yield interface.ip, f"host {other.name}"

    def neighbours(self, router: fabrics.Router) -> Iterator[tuple[Address, str]]:
        """Who a router must have a session with, and what to call them."""
        for node, host in self.hosts.items():
            here = router.racks.get(host.rack or "", {})
            for version, interface in self.datastore.nodes.get(node, {}).items():
                if version in here:
                    yield interface.ip, f"host {host.name}"
        for uplink in router.uplinks:
            yield uplink.address, f"uplink {uplink.name}"

    def _tors(self, own: fabrics.Host) -> Iterator[tuple[str, Address]]:
        for router in self.routers:
            for interface in router.racks.get(own.rack or "", {}).values():
                yield router.name, interface.ip

    def hops(self, node: str, block: Block, kernel: tuple[Route, ...], strangers: Set[Address]) -> Hops | None:
        """Where a host's route to a block may lead; None where it needs none. ``strangers`` are peers but no hosts."""
        version = block.cidr.version
        owner = self.datastore.nodes.get(block.node, {}).get(version)
        pool = self.datastore.pool_of(block)
        if owner is None or pool is None or version not in self.datastore.nodes.get(node, {}):
            return None
        direct = _is_neighbour(owner, kernel)
        if pool.tunnel == "Always" or (pool.tunnel == "CrossSubnet" and not direct):
            return Hops(tunnelled=True)
        if pool.tunnel == "CrossSubnet":
            return Hops({owner.ip})
        if not pool.exported:
            return None
        return Hops(self._gateways(node, block.node, owner.ip, direct, kernel) | self._strangers(strangers, version))

    def _gateways(
        self, node: str, of: str, owner: Address, direct: bool, kernel: tuple[Route, ...]
    ) -> frozenset[Address]:
        """A host tells its own address as next hop, which BIRD resolves; a router in between tells its own."""
        resolved = frozenset({owner}) if direct else _default_gateways(owner.version, kernel)
        own, other = self.hosts.get(node), self.hosts.get(of)
        if self.preset not in _TORS or own is None:
            return resolved
        tors = frozenset(address for _name, address in self._tors(own) if address.version == owner.version)
        in_rack = other is not None and other.rack == own.rack
        # Reflectors keep the next hop of other racks, which the default route leads to.
        return tors | resolved if in_rack or self.preset == fabrics.TOR_IBGP else tors

    def _strangers(self, strangers: Set[Address], version: int) -> frozenset[Address]:
        """Without a preset nobody says what the routers are for."""
        return frozenset(one for one in strangers if one.version == version and self.preset is None)


def _is_neighbour(owner: Interface, kernel: tuple[Route, ...]) -> bool:
    """Whether the host has a subnet with the other in it."""
    return any(
        route.destination.version == owner.version
        and route.destination.prefixlen > 0
        and not route.gateways
        and route.kind == "unicast"
        and owner.ip in route.destination
        for route in kernel
    )


def _default_gateways(version: int, kernel: tuple[Route, ...]) -> frozenset[Address]:
    """Of the best default route."""
    every = ipaddress.ip_network("0.0.0.0/0" if version == 4 else "::/0")
    found = sorted((route for route in kernel if route.destination == every), key=lambda route: route.metric)
    return found[0].gateways if found else frozenset()
