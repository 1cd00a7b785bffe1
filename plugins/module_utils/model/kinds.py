"""All resource kinds, found by kind, plural or etcd key."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from . import (
    bgp_configurations,
    bgp_filters,
    bgp_peers,
    cluster_informations,
    felix_configurations,
    host_endpoints,
    ip_pools,
    ip_reservations,
    ipam_configurations,
    network_sets,
    nodes,
    policies,
    profiles,
    tiers,
    workload_endpoints,
)
from .errors import Invalid
from .resources import PREFIX, Resource

ALL: tuple[type[Resource], ...] = (
    bgp_configurations.BGPConfiguration,
    bgp_filters.BGPFilter,
    bgp_peers.BGPPeer,
    cluster_informations.ClusterInformation,
    felix_configurations.FelixConfiguration,
    policies.GlobalNetworkPolicy,
    network_sets.GlobalNetworkSet,
    host_endpoints.HostEndpoint,
    ipam_configurations.IPAMConfiguration,
    ip_pools.IPPool,
    ip_reservations.IPReservation,
    policies.NetworkPolicy,
    network_sets.NetworkSet,
    nodes.Node,
    profiles.Profile,
    policies.StagedGlobalNetworkPolicy,
    policies.StagedNetworkPolicy,
    tiers.Tier,
    workload_endpoints.WorkloadEndpoint,
)
BY_KIND: Mapping[str, type[Resource]] = {cls.KIND: cls for cls in ALL}
BY_PLURAL: Mapping[str, type[Resource]] = {cls.PLURAL: cls for cls in ALL}


@dataclasses.dataclass(frozen=True, slots=True)
class KeyParts:
    """What an etcd key says of a resource."""

    kind: type[Resource]
    name: str
    namespace: str | None


def parse_key(key: str) -> KeyParts | None:
    """The parts of a resource's etcd key; None for other keys and for kinds that are not ours."""
    plural, _slash, rest = key.removeprefix(PREFIX).partition("/")
    kind = BY_PLURAL.get(plural) if key.startswith(PREFIX) else None
    if kind is None:
        return None
    namespace, slash, name = rest.rpartition("/")
    if not name or bool(slash) != kind.NAMESPACED:
        return None
    return KeyParts(kind, name, namespace or None)


def by_name(word: object) -> type[Resource]:
    """The kind that a person names: ``IPPool``, ``ippool``, ``ippools``. Raises Invalid."""
    lowered = str(word).lower()
    for cls in ALL:
        if lowered in (cls.KIND.lower(), cls.PLURAL):
            return cls
    raise Invalid.of(word, f"must be one of {', '.join(BY_KIND)}", "kind")


def decode(document: object, *, strict: bool = False) -> Resource:
    """Read a document of any kind; raises Invalid."""
    kind = document.get("kind") if isinstance(document, Mapping) else document
    if not isinstance(kind, str) or kind not in BY_KIND:
        raise Invalid.of(kind, f"must be one of {', '.join(BY_KIND)}", "kind")
    return BY_KIND[kind].decode(document, strict=strict)
