"""Tunnel devices, who is at their other ends, and the routes through them, in the kernel's words."""

from __future__ import annotations

import errno
import functools
import socket
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyroute2
from pyroute2.netlink.rtnl import ndmsg

from calico_node.render.tunnels import IPIP, VXLAN, Device, End

from .netlink import named, whole

# Not that of the routes to this host's containers, which BIRD tells the fabric.
PROTOCOL = 81
# Behind the routes to this host's own containers (1024), before those of BIRD (2048).
METRIC = 1536
_MAIN, _UNIVERSE, _UNICAST, _ONLINK = 254, 0, 1, 4
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_LENGTHS = {4: 32, 6: 128}


class Route(NamedTuple):
    """A route of ours to another host's containers; ``link`` 0 means: wherever the gateway is."""

    destination: str
    gateway: str
    link: int = 0


class Link(NamedTuple):
    """What a device is like; ``made`` is what only a new one can change."""

    number: int
    up: bool
    mtu: int
    mac: str
    made: tuple[object, ...]


class TunnelNetlink:
    """A request socket; not to be shared between threads."""

    def __init__(self) -> None:
        with named("open netlink"):
            self._socket = pyroute2.IPRoute()

    def find(self, name: str) -> Link | None:
        """A device by its name."""
        with named(f"look for {name}"):
            found = whole(lambda: self._socket.get_links(ifname=name))
        return _link(found[0]) if found else None

    def mtu_at(self, address: str) -> int | None:
        """The MTU of the interface that has an address."""
        with named(f"look for the interface of {address}"):
            for message in whole(self._socket.get_addr):
                if address in (message.get_attr("IFA_LOCAL"), message.get_attr("IFA_ADDRESS")):
                    (link,) = self._socket.get_links(message["index"])
                    return int(link.get_attr("IFLA_MTU"))
        return None

    def add(self, device: Device) -> None:
        """Make a device; it is not up yet."""
        with named(f"make {device.name}"):
            self._socket.link("add", ifname=device.name, kind=device.kind, **_options(device))

    def delete(self, name: str) -> None:
        """Delete a device; one that is gone is no error."""
        if (link := self.find(name)) is not None:
            with named(f"delete {name}", errno.ENODEV, errno.EOPNOTSUPP):
                self._socket.link("del", index=link.number)

    def set(self, index: int, mtu: int, mac: str) -> None:
        """Give a device an MTU and, unless empty, a MAC address, and put it up."""
        with named(f"set up link {index}"):
            self._socket.link("set", index=index, mtu=mtu, **({"address": mac} if mac else {}))
            self._socket.link("set", index=index, state="up")

    def addresses(self, index: int) -> frozenset[str]:
        """The addresses of a device, without link-local ones."""
        with named(f"list addresses of link {index}"):
            found = whole(lambda: self._socket.get_addr(index=index))
        listed = (message.get_attr("IFA_LOCAL") or message.get_attr("IFA_ADDRESS") for message in found)
        return frozenset(address for address in listed if not address.startswith("fe80:"))

    def put_address(self, command: str, index: int, address: str) -> None:
        """Add (``add``) a single address to a device, or take it off (``del``)."""
        version = _version(address)
        options = {"flags": 2} if version == 6 and command == "add" else {}  # usable at once: nobody else is asked
        with named(f"{command} address {address}", errno.EEXIST, errno.EADDRNOTAVAIL):
            self._socket.addr(
                command, index=index, address=address, prefixlen=_LENGTHS[version], family=_FAMILIES[version], **options
            )

    def ends(self, index: int) -> frozenset[End]:
        """The other ends that a device knows whole: address, frame and host."""
        with named(f"list neighbours of link {index}"):
            frames = {str(m.get_attr("NDA_LLADDR")): str(m.get_attr("NDA_DST")) for m in self._neighbours(index, 7)}
            found = [message for family in _FAMILIES.values() for message in self._neighbours(index, family)]
        listed = ((str(message.get_attr("NDA_DST")), str(message.get_attr("NDA_LLADDR"))) for message in found)
        known = frozenset(End(address, mac, frames[mac]) for address, mac in listed if mac in frames)
        # A half of one is one too, which nobody wants.
        return known | {End("", mac, host) for mac, host in frames.items() if mac not in {one.mac for one in known}}

    def put_end(self, index: int, end: End) -> None:
        """Tell a device of another end, in place of what it knew of it."""
        with named(f"add neighbour {end.address}"):
            self._socket.fdb("set", ifindex=index, lladdr=end.mac, dst=end.host, **_FRAME)
            self._socket.neigh(
                "set",
                ifindex=index,
                dst=end.address,
                lladdr=end.mac,
                state=ndmsg.states["permanent"],
                family=_FAMILIES[_version(end.address)],
            )

    def drop_end(self, index: int, end: End) -> None:
        """Forget another end, or what is left of one."""
        with named(f"delete neighbour {end.address}", errno.ENOENT):
            if end.address:
                family = _FAMILIES[_version(end.address)]
                self._socket.neigh("del", ifindex=index, dst=end.address, family=family)
        with named(f"delete neighbour {end.mac}", errno.ENOENT):
            self._socket.fdb("del", ifindex=index, lladdr=end.mac, dst=end.host)

    def routes(self) -> frozenset[Route]:
        """All routes of our protocol."""
        with named("list routes"):
            return frozenset(
                _route(message)
                for family in _FAMILIES.values()
                for message in whole(functools.partial(self._socket.get_routes, family=family, proto=PROTOCOL))
                if message["proto"] == PROTOCOL
            )

    def put_route(self, command: str, route: Route) -> None:
        """Add (``add``) a route, or delete (``del``) one that may be gone."""
        with named(f"{command} route {route.destination}", *((errno.ESRCH, errno.ENODEV) if command == "del" else ())):
            self._socket.route(command, **_fields(route))

    def close(self) -> None:
        self._socket.close()

    def _neighbours(self, index: int, family: int) -> Iterator[Any]:
        found = whole(lambda: self._socket.get_neighbours(family=family, ifindex=index))
        return (m for m in found if m["ifindex"] == index and m.get_attr("NDA_DST") and m.get_attr("NDA_LLADDR"))


_FRAME = {"state": ndmsg.states["permanent"] | ndmsg.states["noarp"], "flags": ndmsg.flags["self"]}


def made(device: Device) -> tuple[object, ...]:
    """What of a device only a new one can change, as the kernel tells it."""
    return (device.kind, device.local, *((device.vni, device.port) if device.kind == VXLAN else ()))


def _options(device: Device) -> dict[str, object]:
    if device.kind != VXLAN:
        return {"ipip_local": device.local}
    local = "vxlan_local" if device.version == 4 else "vxlan_local6"
    return {
        "vxlan_id": device.vni,
        "vxlan_port": device.port,
        local: device.local,
        # Only what we say, never what a packet claims.
        "vxlan_learning": False,
        "address": device.mac,
    }


def _link(message: Any) -> Link:
    info = message.get_attr("IFLA_LINKINFO")
    kind = None if info is None else info.get_attr("IFLA_INFO_KIND")
    data = None if info is None else info.get_attr("IFLA_INFO_DATA")
    details: tuple[object, ...] = (kind,)
    if kind == VXLAN and data is not None:
        local = data.get_attr("IFLA_VXLAN_LOCAL") or data.get_attr("IFLA_VXLAN_LOCAL6")
        details = (kind, local, data.get_attr("IFLA_VXLAN_ID"), data.get_attr("IFLA_VXLAN_PORT"))
    elif kind == IPIP and data is not None:
        details = (kind, data.get_attr("IFLA_IPIP_LOCAL"))
    return Link(
        message["index"],
        bool(message["flags"] & 1),
        message.get_attr("IFLA_MTU"),
        message.get_attr("IFLA_ADDRESS") or "",
        details,
    )


def _fields(route: Route) -> dict[str, Any]:
    through = {"oif": route.link, "flags": _ONLINK} if route.link else {}
    return {
        "dst": route.destination,
        "gateway": route.gateway,
        "proto": PROTOCOL,
        "priority": METRIC,
        "table": _MAIN,
        "type": _UNICAST,
        "scope": _UNIVERSE,
        "family": _FAMILIES[_version(route.destination)],
        **through,
    }


def _route(message: Any) -> Route:
    through = message.get_attr("RTA_OIF") if message["flags"] & _ONLINK else 0
    return Route(
        f"{message.get_attr('RTA_DST')}/{message['dst_len']}", str(message.get_attr("RTA_GATEWAY")), through or 0
    )


def _version(address: str) -> int:
    return 6 if ":" in address else 4
