"""The network driver: what the engine says of networks, endpoints and sandboxes.

Nothing is remembered that can be read again: a network's name is the engine's, an endpoint stands in the store, the
number of an interface's gateway stands in the interface's alias.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields, nodes, profiles, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.dataplane import veth

from . import endpoints, gateways, ipam, requests
from .errors import Refused

Answer = Mapping[str, Any]
_GENERIC, _INTERNAL = "com.docker.network.generic", "com.docker.network.internal"
_ENGINES_OWN = "com.docker.network."
_USUAL_MTU = 1500
_CONNECTED = 1  # libnetwork's type of a route without next hop
_log = logging.getLogger(__name__)


class Links(Protocol):
    """What the driver asks of the kernel; see ``dataplane.veth``."""

    def create(self, pair: veth.Pair) -> None: ...
    def remove(self, name: str) -> bool: ...
    def links(self) -> tuple[veth.Link, ...]: ...
    def mtu_of(self, address: fields.Address) -> int | None: ...


class Agent(Protocol):
    """What the driver asks of the agent; see ``programming``."""

    def wait(self, endpoint: str, revision: int) -> None: ...


class Adoption(Protocol):
    """Who knows whose an endpoint is; see ``adoption``."""

    def connect(self, found: endpoints.Found) -> endpoints.Found | None: ...
    def expect(self) -> None: ...


class Names(Protocol):
    """How the driver learns a network's name; see ``names``."""

    def of(self, identity: str) -> str: ...
    def forget(self, identity: str) -> None: ...


class NetworkDriver:
    """Calls of the engine, each of which may be repeated."""

    def __init__(  # noqa: PLR0913 - its neighbours
        self,
        *,
        node: str,
        datastore: store.Store,
        known: endpoints.Endpoints,
        handles_of: Callable[[tuple[fields.Address, ...]], Mapping[fields.Address, str]],
        names: Names,
        agent: Agent,
        links: Links,
        adoption: Adoption,
    ) -> None:
        self._node = node
        self._datastore = datastore
        self._endpoints = known
        self._handles_of = handles_of
        self._names = names
        self._agent = agent
        self._links = links
        self._adoption = adoption
        self._gateways = gateways.Gateways()

    def recall(self) -> None:
        """Learn from the kernel what an earlier process gave. Raises LinkError."""
        for link in self._links.links():
            words = veth.read(link.alias)
            self._gateways.remember(link.name, words.get("sandbox", ""), words.get("gateway", ""))

    def activate(self, _request: requests.Nothing) -> Answer:
        """Asked once in an engine's life, mostly while it brings back its containers and cannot be asked itself."""
        self._adoption.expect()
        return {"Implements": ["NetworkDriver", "IpamDriver"]}

    def get_capabilities(self, _request: requests.Nothing) -> Answer:
        return {"Scope": "local"}

    def create_network(self, request: requests.CreateNetwork) -> Answer:
        _refuse_options(request.options)
        _refuse_ipam((*request.ipv4_data, *request.ipv6_data))
        return {}

    def delete_network(self, request: requests.OfNetwork) -> Answer:
        """The Profile stays: the network of this name may live on other hosts."""
        self._names.forget(request.network_id)
        return {}

    def create_endpoint(self, request: requests.CreateEndpoint) -> Answer:
        _refuse_driver_options(request.options)
        name = self._names.of(request.network_id)
        _refuse_name(name)
        mac = request.interface.mac_address or mac_of(request.endpoint_id)
        if mac == veth.HOST_MAC:
            raise Refused(f"MacAddress: {mac} is refused: it is that of the host's side; choose another")
        wanted = endpoints.Wanted(
            endpoint_id=request.endpoint_id,
            network_id=request.network_id,
            network=name,
            mac=mac,
            handles=self._handles(request.interface.addresses),
            profiles=(name,),
            needs=(profiles.for_network(name),),
        )
        self._endpoints.publish(wanted)
        # What the engine has chosen may not be returned.
        return {"Interface": {} if request.interface.mac_address else {"MacAddress": mac}}

    def endpoint_oper_info(self, _request: requests.OfEndpoint) -> Answer:
        return {"Value": {}}

    def join(self, request: requests.Join) -> Answer:
        found = self._endpoints.find(request.endpoint_id)
        if found is None:
            raise Refused(f"EndpointID: {request.endpoint_id} is refused: no such endpoint, CreateEndpoint comes first")
        interface = endpoints.interface_name(request.endpoint_id)
        gateway = self._gateways.take(interface, request.sandbox_key)
        pair = veth.Pair(
            name=interface,
            peer=f"tmp{request.endpoint_id[:11]}",
            mtu=self._mtu(),
            alias=veth.written({"sandbox": request.sandbox_key, "gateway": str(gateway.number)}),
            gateway=gateway.ipv6 if any(address.version == 6 for address in found.addresses) else None,
        )
        try:
            self._links.create(pair)
            if (connected := self._adoption.connect(found)) is not None:
                self._agent.wait(connected.endpoint.name, connected.revision)
        except Exception:
            self._detach(interface)
            raise
        return _joined(pair, found.addresses, gateway)

    def leave(self, request: requests.OfEndpoint) -> Answer:
        self._detach(endpoints.interface_name(request.endpoint_id))
        return {}

    def delete_endpoint(self, request: requests.OfEndpoint) -> Answer:
        self._detach(endpoints.interface_name(request.endpoint_id))
        self._endpoints.remove(request.endpoint_id)
        return {}

    def nothing(self, _request: requests.Nothing) -> Answer:
        """Calls that need no work: every container is reachable, and hosts are discovered through the store."""
        return {}

    def refuse_global_scope(self, _request: requests.Nothing) -> Answer:
        raise Refused("networks of global scope (swarm) are not supported: the driver's scope is local", 501)

    def gw_alloc_check(self, _request: requests.Nothing) -> Answer:
        """Our gateways are link-local: none is to be allocated."""
        return {"SkipIPv4": True, "SkipIPv6": True}

    def _detach(self, interface: str) -> None:
        self._links.remove(interface)
        self._gateways.forget(interface)

    def _handles(self, addresses: tuple[fields.Address, ...]) -> Mapping[fields.Address, str]:
        if not addresses:
            raise Refused("Interface: the endpoint has no address: create the network with --ipam-driver calico")
        handles = self._handles_of(addresses)
        for address in addresses:
            if address not in handles:
                raise Refused(
                    f"Interface: address {address} was not given to node {self._node} by the calico IPAM driver"
                )
        return handles

    def _mtu(self) -> int:
        """That of the interface that leads to the other hosts."""
        record = self._datastore.get(resources.key_of(nodes.Node, self._node))
        node = None if record is None else nodes.Node.decode(record.document())
        for version in (4, 6):
            address = None if node is None else node.address(version)
            if address is not None and (mtu := self._links.mtu_of(address)):
                return mtu
        return _USUAL_MTU


def mac_of(endpoint_id: str) -> str:
    """The container's MAC address: locally administered, the same for each repetition, never the host side's."""
    digest = hashlib.sha256(endpoint_id.encode()).digest()
    return ":".join(f"{octet:02x}" for octet in (0xEA, *digest[:5]))


def _refuse_options(options: Mapping[str, Any]) -> None:
    if options.get(_INTERNAL):
        raise Refused("--internal is refused: deny egress by policy instead; leave the option out")
    given = options.get(_GENERIC) or {}
    if not isinstance(given, Mapping):
        raise Refused(f"{_GENERIC}: {given!r} is refused: must be an object")
    for name in (*options, *given):
        if not str(name).startswith(_ENGINES_OWN):
            raise Refused(f"-o {name} is refused: the calico driver knows no options")


def _refuse_ipam(data: tuple[requests.IPAMData, ...]) -> None:
    if not data:
        raise Refused("IPv4Data, IPv6Data: the network has no addresses: create it with --ipam-driver calico")
    for entry in data:
        if entry.address_space not in (ipam.LOCAL, ipam.GLOBAL):
            raise Refused(
                f"IPAM: pool {entry.pool} is not calico's: create the network with --ipam-driver calico, "
                "whose pools hosts share"
            )
        if entry.aux_addresses:
            raise Refused("--aux-address is refused: no address is reserved for one network; leave it out")


def _refuse_driver_options(options: Mapping[str, Any]) -> None:
    for name in options:
        if not str(name).startswith(_ENGINES_OWN):
            raise Refused(f"driver-opt {name} is refused: the calico driver knows none")


def _refuse_name(name: str) -> None:
    try:
        profiles.for_network(name)
    except Invalid as error:
        raise Refused(
            f"network name {name!r} cannot name a Profile: use at most 63 lower case letters, digits, '-' and '.', "
            f"the first and last a letter or digit (in a compose file, set the network's name): {error}"
        ) from error


def _joined(pair: veth.Pair, addresses: tuple[fields.Address, ...], gateway: gateways.Gateway) -> Answer:
    answer: dict[str, Any] = {"InterfaceName": {"SrcName": pair.peer, "DstPrefix": "eth"}}
    routes = []
    if any(address.version == 4 for address in addresses):
        answer["Gateway"] = str(gateway.ipv4)
        routes.append({"Destination": f"{gateway.ipv4}/32", "RouteType": _CONNECTED})
    else:
        answer["DisableGatewayService"] = True  # else the engine adds a bridge to get an IPv4 gateway
    if pair.gateway is not None:
        answer["GatewayIPv6"] = str(pair.gateway)
        # The kernel's own route to fe80::/64 comes only with the carrier, some moments too late for the engine.
        routes.append({"Destination": f"{pair.gateway}/128", "RouteType": _CONNECTED})
    return {**answer, "StaticRoutes": routes}
