"""Gateways of containers: 169.254.1.1 and fe80::ecee:eeff:feee:eeee, and the next ones for their further networks.

The engine adds a route to each gateway, and two routes to one gateway through two interfaces cannot stand beside each
other. The host answers for any IPv4 one by proxy ARP, and has the IPv6 one as an address of the interface.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import threading

from ansible_collections.calico.docker.plugins.module_utils.model import fields
from calico_node.dataplane import veth

_IPV4 = ipaddress.IPv4Address("169.254.1.1")
_IPV6 = ipaddress.IPv6Address(veth.GATEWAY_IPV6)
_COUNT = 254


@dataclasses.dataclass(frozen=True, slots=True)
class Gateway:
    """The gateways of a container's network, by the network's ``number`` in that container."""

    number: int

    @property
    def ipv4(self) -> ipaddress.IPv4Address:
        return _IPV4 + self.number

    @property
    def ipv6(self) -> ipaddress.IPv6Address:
        return _IPV6 + self.number


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """What an interface of a sandbox has: its gateways, and the destinations that lead to them."""

    sandbox: str
    gateway: Gateway
    routes: tuple[fields.Network, ...] = ()


class Gateways:
    """Who has which gateways and routes. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[str, Taken] = {}

    def remember(self, interface: str, sandbox: str, number: str, routes: tuple[fields.Network, ...]) -> None:
        """Take over what an earlier process gave; nonsense is left out."""
        if number.isdecimal():
            self._taken[interface] = Taken(sandbox, Gateway(int(number)), routes)

    def take(self, interface: str, sandbox: str, routes: tuple[fields.Network, ...]) -> Taken:
        """The first gateways that no other interface of the sandbox has."""
        with self._lock:
            used = {one.gateway for one in self._others(interface, sandbox)}
            gateway = next(gateway for gateway in map(Gateway, range(_COUNT)) if gateway not in used)
            self._taken[interface] = found = Taken(sandbox, gateway, routes)
            return found

    def led(self, interface: str, sandbox: str) -> tuple[fields.Network, ...]:
        """The routes by other interfaces of a sandbox."""
        with self._lock:
            return tuple(route for one in self._others(interface, sandbox) for route in one.routes)

    def forget(self, interface: str) -> None:
        """The interface is gone."""
        with self._lock:
            self._taken.pop(interface, None)

    def _others(self, interface: str, sandbox: str) -> list[Taken]:
        return [one for name, one in self._taken.items() if one.sandbox == sandbox and name != interface]
