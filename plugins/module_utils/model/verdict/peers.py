"""Who is behind an address: endpoints and network sets, with the labels by which selectors find them.

Labels from several sources: the endpoint's own win, then those of the profile named first.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Iterable, Mapping, Sequence

from ansible_collections.calico.docker.plugins.module_utils.model import (
    fields,
    host_endpoints,
    profiles,
    selectors,
    workload_endpoints,
)
from ansible_collections.calico.docker.plugins.module_utils.model.ports import protocol_number
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

NAMESPACE = "projectcalico.org/namespace"
SERVICE_ACCOUNT = "projectcalico.org/serviceaccount"
# Labels that say of which namespace or service account somebody is: nobody may give them to himself.
NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX = "pcns.", "pcsa."
_NAMESPACE_PROFILE = "kns."

Labels = Mapping[str, str]
# Its name, protocol and number
NamedPort = tuple[str, int, int]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Peer:
    """One endpoint or set. Those of equal labels are of one ``kind``, which a selector is asked about once."""

    kind: int
    labels: Labels
    ports: frozenset[NamedPort] = frozenset()


class Kinds:
    """Numbers for sets of labels, the same for all snapshots that are compared."""

    def __init__(self) -> None:
        self._known: dict[frozenset[tuple[str, str]], tuple[int, Labels]] = {}

    def peer(self, labels: Labels, ports: frozenset[NamedPort] = frozenset()) -> Peer:
        kind, shared = self._known.setdefault(frozenset(labels.items()), (len(self._known), labels))
        return Peer(kind, shared, ports)


class Peers:
    """All peers of a snapshot, by endpoint and by address."""

    def __init__(self, snapshot: Snapshot, kinds: Kinds) -> None:
        self._profiles = snapshot.profiles
        self._endpoints = snapshot.endpoints
        self._kinds = kinds
        self.workloads = {
            key: self._peer(_workload_labels(endpoint), endpoint.spec)
            for key, endpoint in snapshot.endpoints.items()
            if is_active(endpoint)
        }
        self.hosts = {
            name: self._peer(endpoint.metadata.labels, endpoint.spec)
            for name, endpoint in snapshot.host_endpoints.items()
        }
        self._by_address: dict[fields.Address, tuple[Peer, ...]] = {}
        for key, peer in self.workloads.items():
            self._add(peer, (net.network_address for net in snapshot.endpoints[key].spec.ip_networks))
        for name, peer in self.hosts.items():
            self._add(peer, snapshot.host_endpoints[name].spec.expected_ips)
        self._by_net: dict[tuple[int, int], dict[int, tuple[Peer, ...]]] = {}
        self._add_sets(snapshot)

    @functools.cached_property
    def places(self) -> Mapping[str, str]:
        """The host of each WorkloadEndpoint."""
        return {key: self._endpoints[key].host for key in self.workloads}

    @functools.cached_property
    def local(self) -> Mapping[str, Sequence[str]]:
        """The WorkloadEndpoints of each host."""
        found: dict[str, list[str]] = {}
        for key, host in self.places.items():
            found.setdefault(host, []).append(key)
        return found

    @property
    def addresses(self) -> Collection[fields.Address]:
        """Every address that an endpoint has."""
        return self._by_address.keys()

    @property
    def ports(self) -> Collection[NamedPort]:
        """Every port that an endpoint gives a name."""
        known = {port for peers in (self.workloads, self.hosts) for peer in peers.values() for port in peer.ports}
        return sorted(known)

    def at(self, address: fields.Address) -> tuple[Peer, ...]:
        """Every endpoint that has the address, and every set with a net that contains it."""
        found = self._by_address.get(address, ())
        number = int(address)
        for (version, shift), nets in self._by_net.items():
            if version == address.version:
                found += nets.get(number >> shift, ())
        return found

    def _peer(
        self, own: Labels, spec: workload_endpoints.WorkloadEndpointSpec | host_endpoints.HostEndpointSpec
    ) -> Peer:
        ports = frozenset((port.name, protocol_number(port.protocol), port.port) for port in spec.ports)
        return self._kinds.peer(_inherit(own, spec.profiles, self._profiles), ports)

    def _add(self, peer: Peer, addresses: Iterable[fields.Address]) -> None:
        for address in set(addresses):
            self._by_address[address] = (*self._by_address.get(address, ()), peer)

    def _add_sets(self, snapshot: Snapshot) -> None:
        for global_set in snapshot.global_network_sets.values():
            self._add_nets(self._kinds.peer(global_set.metadata.labels), global_set.spec.nets)
        for network_set in snapshot.network_sets.values():
            namespace = network_set.metadata.namespace or ""
            own = {**network_set.metadata.labels, NAMESPACE: namespace}
            labels = _inherit(own, [_NAMESPACE_PROFILE + namespace], self._profiles)
            self._add_nets(self._kinds.peer(labels), network_set.spec.nets)

    def _add_nets(self, peer: Peer, nets: Iterable[fields.Network]) -> None:
        for net in set(nets):
            shift = net.max_prefixlen - net.prefixlen
            same = self._by_net.setdefault((net.version, shift), {})
            number = int(net.network_address) >> shift
            same[number] = (*same.get(number, ()), peer)


def are_the_same(one: Snapshot, other: Snapshot) -> bool:
    """Whether two snapshots have equal peers, as far as that can be seen without looking at each."""
    return (
        one.endpoints is other.endpoints
        and one.host_endpoints is other.host_endpoints
        and one.network_sets is other.network_sets
        and one.global_network_sets is other.global_network_sets
        and _inherited(one) == _inherited(other)
    )


def _inherited(snapshot: Snapshot) -> Mapping[str, Labels]:
    return {name: profile.spec.labels_to_apply for name, profile in snapshot.profiles.items()}


def is_active(endpoint: workload_endpoints.WorkloadEndpoint) -> bool:
    """True unless the endpoint lacks what makes it one: an address and an interface."""
    return bool(endpoint.spec.ip_networks) and bool(endpoint.spec.interface_name)


class Chooser:
    """Which peers a selector chooses; asked once for each kind of them."""

    def __init__(self, *parts: selectors.Selector) -> None:
        self._parts = parts
        self._known: dict[int, bool] = {}

    def chooses(self, peer: Peer) -> bool:
        known = self._known.get(peer.kind)
        if known is None:
            known = self._known[peer.kind] = all(part.matches(peer.labels) for part in self._parts)
        return known


def of_namespaces(text: str) -> selectors.Selector:
    """On the labels of the peer's namespace; ``all()`` is to have a namespace, ``global()`` to have none."""
    tree = selectors.parse_namespace_selector(text)
    if isinstance(tree, selectors.Global):
        return selectors.Not(selectors.Has(NAMESPACE))
    return selectors.substitute(tree, prefix=NAMESPACE_PREFIX, everything=selectors.Has(NAMESPACE))


def of_service_accounts(text: str) -> selectors.Selector:
    """A selector on the labels of the peer's service account."""
    return selectors.substitute(selectors.parse(text), prefix=SERVICE_ACCOUNT_PREFIX)


def of_namespace(namespace: str) -> selectors.Selector:
    """What is in one namespace."""
    return selectors.Compare(NAMESPACE, "==", namespace)


def _workload_labels(endpoint: workload_endpoints.WorkloadEndpoint) -> Labels:
    own = {
        name: value
        for name, value in endpoint.metadata.labels.items()
        if not name.startswith((NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX))
    }
    own |= workload_endpoints.forced_labels(endpoint.metadata.namespace, endpoint.spec.orchestrator)
    if endpoint.spec.service_account_name:
        own[SERVICE_ACCOUNT] = endpoint.spec.service_account_name
    return own


def _inherit(own: Labels, names: Iterable[str], known: Mapping[str, profiles.Profile]) -> Labels:
    labels = dict(own)
    for name in names:
        if name in known:
            labels = {**known[name].spec.labels_to_apply, **labels}
    return labels
