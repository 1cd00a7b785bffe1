"""What Join makes and answers: the veth pair of an endpoint, its MTU, its gateways and its routes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields
from calico_node.dataplane import veth

from . import endpoints, gateways, mtus, networks, options, requests, routes
from .errors import Refused

_CONNECTED, _BEHIND = 1, 0  # libnetwork's types of a route: without next hop, and with


class Links(mtus.Links, Protocol):
    """What is asked of the kernel; see ``dataplane.veth``."""

    def links(self) -> tuple[veth.Link, ...]: ...


class Networks(Protocol):
    """What is known of networks; see ``networks``."""

    def of(self, identity: str) -> networks.Record: ...
    def subnets(self, *, beside: str = "") -> tuple[fields.Network, ...]: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """A pair to make, and what the engine is to set up in the container."""

    pair: veth.Pair
    taken: gateways.Taken
    addresses: tuple[fields.Address, ...]

    def answer(self) -> Mapping[str, Any]:
        """The engine's words for it."""
        answer: dict[str, Any] = {"InterfaceName": {"SrcName": self.pair.peer, "DstPrefix": "eth"}}
        connected = []
        if any(address.version == 4 for address in self.addresses):
            answer["Gateway"] = str(self.taken.gateway.ipv4)
            connected.append({"Destination": f"{self.taken.gateway.ipv4}/32", "RouteType": _CONNECTED})
        else:
            answer["DisableGatewayService"] = True  # else the engine adds a bridge to get an IPv4 gateway
        if self.pair.gateway is not None:
            answer["GatewayIPv6"] = str(self.pair.gateway)
            # The kernel's own route to fe80::/64 comes only with the carrier, some moments too late for the engine.
            connected.append({"Destination": f"{self.pair.gateway}/128", "RouteType": _CONNECTED})
        return {**answer, "StaticRoutes": [*connected, *map(self._behind, self.taken.routes)]}

    def _behind(self, route: fields.Network) -> Mapping[str, Any]:
        gateway = self.taken.gateway.ipv4 if route.version == 4 else self.taken.gateway.ipv6
        return {"Destination": str(route), "RouteType": _BEHIND, "NextHop": str(gateway)}


class Joins:
    """Plans, and what those before have taken. Safe to share between threads."""

    def __init__(self, *, node: str, datastore: store.Store, known: Networks, links: Links) -> None:
        self._node = node
        self._datastore = datastore
        self._networks = known
        self._links = links
        self._gateways = gateways.Gateways()

    def recall(self) -> None:
        """Learn from the kernel what an earlier process gave. Raises LinkError."""
        for link in self._links.links():
            words = veth.read(link.alias)
            led = routes.read(words.get("routes", ""))
            self._gateways.remember(link.name, words.get("sandbox", ""), words.get("gateway", ""), led)

    def plan(self, request: requests.Join, found: endpoints.Found) -> Plan:
        """How the endpoint joins. Raises Refused, StoreError, Invalid, LinkError."""
        network, pools = self._networks.of(request.network_id), mtus.pools(self._datastore)
        versions = {address.version for address in found.addresses}
        mtu = (
            options.of_network(options.known(network.options)).mtu
            or mtus.of_pools(pools, found.addresses)
            or mtus.of_uplink(self._datastore, self._links, self._node) - mtus.of_tunnels(pools, versions)
        )
        self._refuse_conflict(found, request.sandbox_key)
        others = self._networks.subnets(beside=request.network_id)
        led = routes.of(network.subnets, others=others, pools=pools, versions=versions)
        taken = self._gateways.take(found.interface, request.sandbox_key, led)
        alias = {
            "sandbox": request.sandbox_key,
            "gateway": str(taken.gateway.number),
            "routes": routes.written(taken.routes),
        }
        pair = veth.Pair(
            name=found.interface,
            peer=f"tmp{request.endpoint_id[:11]}",
            mtu=mtu,
            alias=veth.written(alias),
            gateway=taken.gateway.ipv6 if 6 in versions else None,
        )
        return Plan(pair, taken, found.addresses)

    def forget(self, interface: str) -> None:
        """The interface is gone."""
        self._gateways.forget(interface)

    def _refuse_conflict(self, found: endpoints.Found, sandbox: str) -> None:
        """The engine would not set up an address behind a route that the container has, but in harder words."""
        for route in self._gateways.led(found.interface, sandbox):
            for address in (address for address in found.addresses if address in route):
                raise Refused(
                    f"the container cannot have {address} too: it is in the subnet {route} of another network of it; "
                    "connect it to one of the two, or give each network a subnet of its own"
                )
