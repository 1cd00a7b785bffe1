"""Whom rules can mean by labels: containers' endpoints (endpoints.py), hosts' endpoints and network sets, in one form.

Does not know labels that come from profiles (groups.py), nor selectors.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import (
    endpoint_ports,
    host_endpoints,
    network_sets,
    resources,
    rules,
)
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NONE: Mapping[int, tuple[Any, ...]] = {4: (), 6: ()}
_NAMESPACE = "projectcalico.org/namespace"
# Profiles of Kubernetes' namespaces, whose labels the network sets in there have too.
_OF_NAMESPACE = "kns."


@dataclasses.dataclass(frozen=True, slots=True)
class NamedPort:
    """A port that rules may mean by name; ``protocol`` is the IANA number."""

    name: str
    protocol: int
    port: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Addresses and networks, by IP version, under labels of their own and those of profiles."""

    labels: tuple[tuple[str, str], ...]
    profiles: tuple[str, ...] = ()
    addresses: Mapping[int, tuple[str, ...]] = dataclasses.field(default_factory=lambda: _NONE)
    ports: tuple[NamedPort, ...] = ()
    nets: Mapping[int, tuple[Network, ...]] = dataclasses.field(default_factory=lambda: _NONE)


def by_kind(snapshot: Snapshot) -> Mapping[str, Mapping[str, resources.Resource]]:
    """The mappings of a snapshot that hold peers other than containers' endpoints."""
    return {
        host_endpoints.HostEndpoint.KIND: snapshot.host_endpoints,
        network_sets.GlobalNetworkSet.KIND: snapshot.global_network_sets,
        network_sets.NetworkSet.KIND: snapshot.network_sets,
    }


def every(snapshot: Snapshot) -> Iterator[Peer]:
    """All of them."""
    for mapping in by_kind(snapshot).values():
        yield from map(read, mapping.values())


def read(resource: resources.Resource) -> Peer:
    """The peer of a stored resource."""
    if isinstance(resource, host_endpoints.HostEndpoint):
        return _host_endpoint(resource)
    labels, namespace = dict(resource.metadata.labels), resource.metadata.namespace
    profiles: tuple[str, ...] = ()
    if resource.NAMESPACED:
        labels[_NAMESPACE] = namespace or ""
        profiles = (f"{_OF_NAMESPACE}{namespace}",)
    return Peer(labels=_sorted(labels), profiles=profiles, nets=by_version(resource.spec.nets))


def _host_endpoint(resource: host_endpoints.HostEndpoint) -> Peer:
    spec = resource.spec
    return Peer(
        labels=_sorted(resource.metadata.labels),
        profiles=spec.profiles,
        addresses={
            version: tuple(str(address) for address in dict.fromkeys(spec.expected_ips) if address.version == version)
            for version in (4, 6)
        },
        ports=named_ports(spec.ports),
    )


def _sorted(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def named_ports(ports: Iterable[endpoint_ports.EndpointPort]) -> tuple[NamedPort, ...]:
    """The ports in calc's form."""
    return tuple(NamedPort(port.name, rules.protocol_number(port.protocol), port.port) for port in ports)


def by_version(nets: Iterable[Network]) -> Mapping[int, tuple[Network, ...]]:
    """Networks by IP version."""
    found = tuple(nets)
    return {version: tuple(net for net in found if net.version == version) for version in (4, 6)}
