"""What the store says, typed and valid: the only input of the calculations.

A Snapshot exists only after a whole listing, so there is none of a partial view. It is immutable; snapshot_builder.py
makes the next one. Resources stand under the name of their etcd key (``namespace/name`` for those with a namespace).
"""

from __future__ import annotations

import dataclasses
import ipaddress
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

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# (node, block) -> confirmed, pending or pendingDeletion
Affinities = Mapping[tuple[str, Network], str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that was valid at ``revision``, and why the rest was not."""

    revision: int = 0
    bgp_configurations: Mapping[str, bgp_configurations.BGPConfiguration] = dataclasses.field(default_factory=dict)
    bgp_filters: Mapping[str, bgp_filters.BGPFilter] = dataclasses.field(default_factory=dict)
    bgp_peers: Mapping[str, bgp_peers.BGPPeer] = dataclasses.field(default_factory=dict)
    clusters: Mapping[str, cluster_informations.ClusterInformation] = dataclasses.field(default_factory=dict)
    endpoints: Mapping[str, workload_endpoints.WorkloadEndpoint] = dataclasses.field(default_factory=dict)
    felix_configurations: Mapping[str, felix_configurations.FelixConfiguration] = dataclasses.field(
        default_factory=dict
    )
    global_network_sets: Mapping[str, network_sets.GlobalNetworkSet] = dataclasses.field(default_factory=dict)
    host_endpoints: Mapping[str, host_endpoints.HostEndpoint] = dataclasses.field(default_factory=dict)
    ip_reservations: Mapping[str, ip_reservations.IPReservation] = dataclasses.field(default_factory=dict)
    ipam_configurations: Mapping[str, ipam_configurations.IPAMConfiguration] = dataclasses.field(default_factory=dict)
    network_policies: Mapping[str, policies.NetworkPolicy] = dataclasses.field(default_factory=dict)
    network_sets: Mapping[str, network_sets.NetworkSet] = dataclasses.field(default_factory=dict)
    nodes: Mapping[str, nodes.Node] = dataclasses.field(default_factory=dict)
    staged_network_policies: Mapping[str, policies.StagedNetworkPolicy] = dataclasses.field(default_factory=dict)
    staged_policies: Mapping[str, policies.StagedGlobalNetworkPolicy] = dataclasses.field(default_factory=dict)
    policies: Mapping[str, policies.GlobalNetworkPolicy] = dataclasses.field(default_factory=dict)
    pools: Mapping[str, ip_pools.IPPool] = dataclasses.field(default_factory=dict)
    profiles: Mapping[str, profiles.Profile] = dataclasses.field(default_factory=dict)
    tiers: Mapping[str, tiers.Tier] = dataclasses.field(default_factory=dict)
    affinities: Affinities = dataclasses.field(default_factory=dict)
    # etcd key -> what is wrong with the record and what became of it
    refused: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def invalid(self) -> tuple[tuple[str, str], ...]:
        """(key, reason) of each record that is not what it should be, by key."""
        return tuple(sorted(self.refused.items()))
