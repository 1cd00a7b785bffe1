"""The network driver: what the engine says of networks, endpoints and sandboxes.

Nothing is remembered that can be read again: what a network is the engine knows, an endpoint stands in the store, what
an interface has of gateways and routes stands in the interface's alias.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields, profiles, resources
from calico_node.dataplane import veth

from . import endpoints, ipam, joins, membership, options, requests
from .errors import Refused

Answer = Mapping[str, Any]
_log = logging.getLogger(__name__)


class Links(joins.Links, Protocol):
    """What the driver asks of the kernel; see ``dataplane.veth``."""

    def create(self, pair: veth.Pair) -> None: ...
    def remove(self, name: str) -> bool: ...


class Agent(Protocol):
    """What the driver asks of the agent; see ``programming``."""

    def wait(self, endpoint: str, revision: int) -> None: ...


class Collector(Protocol):
    """Who removes what is left behind; see ``collect``."""

    def hint(self) -> None: ...
    def bury(self, endpoint_id: str) -> None: ...


class Adoption(Protocol):
    """Who knows whose an endpoint is; see ``adoption``."""

    def connect(self, found: endpoints.Found) -> endpoints.Found | None: ...
    def expect(self) -> None: ...


class Ports(Protocol):
    """Who publishes ports; see ``publications``."""

    def check(
        self, endpoint_id: str, network: str, addresses: Iterable[fields.Address], options: Mapping[str, Any]
    ) -> None: ...
    def publish(self, endpoint_id: str, options: Mapping[str, Any]) -> endpoints.Found | None: ...
    def withdraw(self, endpoint_id: str) -> None: ...


class Networks(joins.Networks, Protocol):
    """How the driver learns what a network is; see ``networks``."""

    def announce(self, identity: str, subnets: tuple[fields.Network, ...]) -> None: ...
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
        give_back: Callable[[fields.Address], None],
        known_networks: Networks,
        agent: Agent,
        links: Links,
        adoption: Adoption,
        collector: Collector,
        ports: Ports,
    ) -> None:
        self._node = node
        self._datastore = datastore
        self._endpoints = known
        self._handles_of = handles_of
        self._give_back = give_back
        self._networks = known_networks
        self._agent = agent
        self._links = links
        self._adoption = adoption
        self._collector = collector
        self._ports = ports
        self._joins = joins.Joins(node=node, datastore=datastore, known=known_networks, links=links)

    def recall(self) -> None:
        """Learn from the kernel what an earlier process gave. Raises LinkError."""
        self._joins.recall()

    def activate(self, _request: requests.Nothing) -> Answer:
        """Asked once in an engine's life, mostly while it brings back its containers and cannot be asked itself."""
        self._adoption.expect()
        self._collector.hint()
        return {"Implements": ["NetworkDriver", "IpamDriver"]}

    def get_capabilities(self, _request: requests.Nothing) -> Answer:
        return {"Scope": "local"}

    def create_network(self, request: requests.CreateNetwork) -> Answer:
        self._refuse_missing(options.of_creation(request.options).profiles, own="")
        data = (*request.ipv4_data, *request.ipv6_data)
        _refuse_ipam(data)
        for name, address in (aux for entry in data for aux in entry.aux_addresses.items()):
            # The engine has just asked for it as for any address; but other hosts have this network too.
            _log.info("--aux-address %r=%s has no effect: keep addresses back with an IPReservation", name, address)
            self._give_back(address)
        self._networks.announce(request.network_id, tuple(entry.subnet for entry in data if entry.subnet is not None))
        return {}

    def delete_network(self, request: requests.OfNetwork) -> Answer:
        """The Profile stays: the network of this name may live on other hosts."""
        self._networks.forget(request.network_id)
        return {}

    def create_endpoint(self, request: requests.CreateEndpoint) -> Answer:
        own = options.of_endpoint(request.options)
        network = self._networks.of(request.network_id)
        member = membership.of(network, own)
        self._refuse_missing(member.profiles, own=network.name)
        mac = request.interface.mac_address or mac_of(request.endpoint_id)
        if mac == veth.HOST_MAC:
            raise Refused(f"MacAddress: {mac} is refused: it is that of the host's side; choose another")
        wanted = endpoints.Wanted(
            endpoint_id=request.endpoint_id,
            network_id=request.network_id,
            network=network.name,
            mac=mac,
            handles=self._handles(request.interface.addresses),
            profiles=member.profiles,
            labels=member.labels,
            needs=member.needs,
            exact=member.exact,
        )
        self._ports.check(request.endpoint_id, network.name, request.interface.addresses, request.options)
        self._endpoints.publish(wanted)
        # What the engine has chosen may not be returned.
        return {"Interface": {} if request.interface.mac_address else {"MacAddress": mac}}

    def endpoint_oper_info(self, _request: requests.OfEndpoint) -> Answer:
        return {"Value": {}}

    def join(self, request: requests.Join) -> Answer:
        found = self._endpoints.find(request.endpoint_id)
        if found is None:
            raise Refused(f"EndpointID: {request.endpoint_id} is refused: no such endpoint, CreateEndpoint comes first")
        plan = self._joins.plan(request, found)
        try:
            self._links.create(plan.pair)
            if (connected := self._adoption.connect(found)) is not None:
                self._agent.wait(connected.endpoint.name, connected.revision)
        except Exception:
            self._detach(found.interface)
            raise
        return plan.answer()

    def program(self, request: requests.Program) -> Answer:
        """An endpoint that is not connected yet is not waited for: its ports are published when it is."""
        published = self._ports.publish(request.endpoint_id, request.options)
        if published is not None and published.endpoint.spec.interface_name:
            self._agent.wait(published.endpoint.name, published.revision)
        return {}

    def revoke(self, request: requests.OfEndpoint) -> Answer:
        self._ports.withdraw(request.endpoint_id)
        return {}

    def leave(self, request: requests.OfEndpoint) -> Answer:
        self._detach(endpoints.interface_name(request.endpoint_id))
        return {}

    def delete_endpoint(self, request: requests.OfEndpoint) -> Answer:
        """The engine has done with it, even if it hears that this failed."""
        try:
            self._detach(endpoints.interface_name(request.endpoint_id))
            self._endpoints.remove(request.endpoint_id)
        except Exception:
            self._collector.bury(request.endpoint_id)
            raise
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
        self._joins.forget(interface)

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

    def _refuse_missing(self, wanted: tuple[str, ...], *, own: str) -> None:
        """A Profile that is missing denies everything: it shall be told in time.

        The network's ``own`` is yet to be made, and before the name is known ("") one of several may be it.
        """
        others = [name for name in wanted if name not in (own, profiles.DEFAULT_ALLOW)]
        missing = [name for name in others if self._datastore.get(resources.key_of(profiles.Profile, name)) is None]
        if missing and (own or len(missing) > 1 or len(wanted) == 1):
            listed = ", ".join(missing)
            raise Refused(f"{options.PROFILES}: {listed} is refused: there is no such Profile, make it first")


def mac_of(endpoint_id: str) -> str:
    """The container's MAC address: locally administered, the same for each repetition, never the host side's."""
    digest = hashlib.sha256(endpoint_id.encode()).digest()
    return ":".join(f"{octet:02x}" for octet in (0xEA, *digest[:5]))


def _refuse_ipam(data: tuple[requests.IPAMData, ...]) -> None:
    if not data:
        raise Refused("IPv4Data, IPv6Data: the network has no addresses: create it with --ipam-driver calico")
    for entry in data:
        if entry.address_space not in (ipam.LOCAL, ipam.GLOBAL):
            raise Refused(
                f"IPAM: pool {entry.pool} is not calico's: create the network with --ipam-driver calico, "
                "whose pools hosts share; one of a swarm with --config-from, see module swarm_network"
            )
