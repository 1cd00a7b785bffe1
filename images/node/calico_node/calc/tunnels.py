"""The way to other hosts' containers where the fabric does not know it: (snapshot, host) -> Tunnels.

A pool's vxlanMode or ipipMode says which of its blocks go through a tunnel: those of every other host (Always), or of
hosts in other subnets (CrossSubnet), while neighbours are routed to directly. Pools of mode Never are BIRD's.
"""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
import re
from collections.abc import Mapping, Set

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools, nodes
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Network, Snapshot

from . import borrowed
from .settings import Settings

VXLAN, IPIP = "vxlan", "ipip"
_MAC = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")
# Calico's names, but for IPIP: tunl0 is the kernel's own and cannot be deleted.
_DEVICES = {(VXLAN, 4): "vxlan.calico", (VXLAN, 6): "vxlan-v6.calico", (IPIP, 4): "ipip.calico"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """This host's end of its tunnels of one kind. ``mtu`` 0 means: as large as the interface of ``local`` allows."""

    name: str
    kind: str
    version: int
    address: str
    local: str
    mac: str = ""
    port: int = 0
    vni: int = 0
    mtu: int = 0


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class End:
    """Another host's end of a VXLAN tunnel: frames to ``mac``, which has ``address``, are sent to ``host``."""

    address: str
    mac: str
    host: str


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Route:
    """Through a device, or straight to a neighbour (``device`` is empty)."""

    destination: str
    gateway: str
    device: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Tunnels:
    """Everything is sorted. ``ends`` are by device; ``problems`` say which hosts are out of reach, and why.

    ``hosts`` are those that may be at the other end, by kind and IP version, this one among them.
    """

    hosts: Mapping[tuple[str, int], tuple[str, ...]] = dataclasses.field(default_factory=dict)
    devices: tuple[Device, ...] = ()
    ends: Mapping[str, tuple[End, ...]] = dataclasses.field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    problems: tuple[str, ...] = ()


def calculate(
    snapshot: Snapshot, host: str, settings: Settings, singles: Set[borrowed.Borrower] = frozenset()
) -> Tunnels:
    """What ``host`` needs to reach the others' containers in pools with tunnels; ``singles`` are borrowed.py's."""
    own, pools = snapshot.nodes.get(host), borrowed.tunnelled(snapshot)
    if own is None or not pools:
        return Tunnels()
    return _Calculation(snapshot, own, pools, settings).tunnels(singles)


class _Calculation:
    """One calculation's inputs, and what has been found so far."""

    def __init__(
        self, snapshot: Snapshot, own: nodes.Node, pools: tuple[ip_pools.IPPoolSpec, ...], settings: Settings
    ) -> None:
        self._snapshot = snapshot
        self._own = own
        self._pools = pools
        self._settings = settings
        self._devices: dict[str, Device] = {}
        self._ends: dict[str, set[End]] = {}
        self._routes: dict[str, Route] = {}  # by destination: the kernel knows one way
        self._problems: set[str] = set()

    def tunnels(self, singles: Set[borrowed.Borrower]) -> Tunnels:
        for pool in self._pools:
            self._add_device(_kind_of(pool), pool.cidr.version)
        blocks = {pair for pair, state in self._snapshot.affinities.items() if state == "confirmed"}
        for name, destination in sorted(blocks | singles, key=str):
            node, pool_of = self._snapshot.nodes.get(name), borrowed.pool_of(destination, self._pools)
            if node is not None and node is not self._own and pool_of is not None:
                self._add_route(node, destination, pool_of)
        return Tunnels(
            hosts=self._hosts(),
            devices=tuple(device for _name, device in sorted(self._devices.items())),
            ends={name: tuple(sorted(ends)) for name, ends in sorted(self._ends.items())},
            routes=tuple(sorted(self._routes.values())),
            problems=tuple(sorted(self._problems)),
        )

    def _hosts(self) -> Mapping[tuple[str, int], tuple[str, ...]]:
        nodes_of = [node for _name, node in sorted(self._snapshot.nodes.items())]
        found = {}
        for one in self._devices.values():
            addresses = (node.address(one.version) for node in nodes_of)
            found[one.kind, one.version] = tuple(str(address) for address in addresses if address is not None)
        return found

    def _add_device(self, kind: str, version: int) -> None:
        found = _tunnel_address(self._own, kind, version)
        local = self._own.address(version)
        if found is None or local is None:
            self._problems.add(_lacks(self._own, kind, version, local))
            return
        name, mtu = _DEVICES[kind, version], self._settings.vxlan_mtu if kind == VXLAN else self._settings.ipip_mtu
        device = Device(name=name, kind=kind, version=version, address=str(found), local=str(local), mtu=mtu)
        if kind == VXLAN:
            port, vni = self._settings.vxlan_port, self._settings.vxlan_vni
            device = dataclasses.replace(device, mac=_mac(self._own, version), port=port, vni=vni)
        self._devices[name] = device

    def _add_route(self, node: nodes.Node, destination: Network, pool: ip_pools.IPPoolSpec) -> None:
        kind, version = _kind_of(pool), destination.version
        host = node.address(version)
        if host is None:
            self._problems.add(_lacks(node, kind, version, host))
        elif "CrossSubnet" in (pool.vxlan_mode, pool.ipip_mode) and _are_neighbours(self._own, host):
            self._put(Route(str(destination), str(host)))
        elif (device := self._devices.get(_DEVICES[kind, version])) is not None:
            self._add_tunnelled(node, host, destination, device)

    def _put(self, route: Route) -> None:
        """Of several hosts that claim one destination the first by name has it."""
        if (first := self._routes.setdefault(route.destination, route)) != route:
            self._problems.add(f"{route.destination}: {route.gateway} and {first.gateway} claim it, the latter has it")

    def _add_tunnelled(self, node: nodes.Node, host: fields.Address, destination: Network, device: Device) -> None:
        if device.kind == IPIP:  # the gateway is where the packet is sent
            self._put(Route(str(destination), str(host), device.name))
            return
        gateway = _tunnel_address(node, device.kind, device.version)
        if gateway is None:
            self._problems.add(_lacks(node, device.kind, device.version, host))
            return
        self._ends.setdefault(device.name, set()).add(End(str(gateway), _mac(node, device.version), str(host)))
        self._put(Route(str(destination), str(gateway), device.name))


def _kind_of(pool: ip_pools.IPPoolSpec) -> str:
    return VXLAN if pool.vxlan_mode != "Never" else IPIP


def _are_neighbours(own: nodes.Node, host: fields.Address) -> bool:
    """Whether another host is in the subnet that this host's own address is in."""
    bgp = own.spec.bgp
    interface = None if bgp is None else bgp.ipv4_address if host.version == 4 else bgp.ipv6_address
    return interface is not None and host in interface.network


def _tunnel_address(node: nodes.Node, kind: str, version: int) -> fields.Address | None:
    """The address of a host's end; None if it has none, or nothing that is one."""
    if kind == IPIP:
        text = node.spec.bgp.ipv4_ipip_tunnel_addr if node.spec.bgp is not None else None
    else:
        text = node.spec.ipv4_vxlan_tunnel_addr if version == 4 else node.spec.ipv6_vxlan_tunnel_addr
    try:
        found = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    usable = found.version == version and "%" not in str(found)
    special = found.is_unspecified or found.is_multicast or found.is_loopback or found.is_link_local
    return found if usable and not special else None


def _mac(node: nodes.Node, version: int) -> str:
    """As Felix makes it, if the Node does not say, or says what no network card may have."""
    given = node.spec.vxlan_tunnel_mac_addr if version == 4 else node.spec.vxlan_tunnel_mac_addr_v6
    if given and _MAC.fullmatch(given) and not int(given[1], 16) & 1 and given.strip("0:"):
        return given.lower()
    name = node.name if version == 4 else f"{node.name}-v6"
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).digest()
    return ":".join(f"{octet:02x}" for octet in (0x66, *digest[:5]))


def _lacks(node: nodes.Node, kind: str, version: int, address: fields.Address | None) -> str:
    words = {VXLAN: "VXLAN", IPIP: "IPIP"}
    if address is None:
        return f"Node {node.name}: no IPv{version} address in spec.bgp, so no tunnel of kind {words[kind]} leads there"
    return f"Node {node.name}: no IPv{version} {words[kind]} tunnel address yet; its calico-libnetwork takes one"
