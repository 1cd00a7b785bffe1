"""What each node is in BGP: addresses, AS number, port, cluster id.

Does not know who peers with whom (bgp_peers.py).
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_configurations, fields, nodes
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A node as its peers see it; one with a cluster id is a route reflector. ``networks``: what it is connected to."""

    name: str
    as_number: int
    port: int
    ipv4: fields.Address | None = None
    ipv6: fields.Address | None = None
    networks: tuple[fields.Network, ...] = ()
    cluster_id: ipaddress.IPv4Address | None = None
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def address(self, version: int) -> fields.Address | None:
        """Its address of a family."""
        return self.ipv4 if version == 4 else self.ipv6

    @property
    def addresses(self) -> tuple[fields.Address, ...]:
        return tuple(address for address in (self.ipv4, self.ipv6) if address is not None)


def by_name(snapshot: Snapshot) -> Mapping[str, Speaker]:
    """The speaker of every node, in the order of names."""
    return {name: speaker(snapshot, name) for name in sorted(snapshot.nodes)}


def speaker(snapshot: Snapshot, name: str) -> Speaker:
    """The speaker of a node; without a Node resource it has no address, so nobody peers with it."""
    node = snapshot.nodes.get(name)
    bgp = (node.spec.bgp if node else None) or nodes.NodeBGP()
    return Speaker(
        name=name,
        as_number=bgp.as_number or cluster_as_number(snapshot),
        port=listen_port(snapshot, name),
        ipv4=bgp.ipv4_address.ip if bgp.ipv4_address else None,
        ipv6=bgp.ipv6_address.ip if bgp.ipv6_address else None,
        networks=tuple(address.network for address in (bgp.ipv4_address, bgp.ipv6_address) if address),
        cluster_id=ipaddress.IPv4Address(bgp.route_reflector_cluster_id) if bgp.route_reflector_cluster_id else None,
        labels=node.metadata.labels if node else {},
    )


def settings(snapshot: Snapshot, name: str = bgp_configurations.DEFAULT) -> bgp_configurations.BGPConfigurationSpec:
    """A BGPConfiguration's spec, Calico's defaults where there is none."""
    found = snapshot.bgp_configurations.get(name)
    return found.spec if found else bgp_configurations.BGPConfigurationSpec()


def cluster_as_number(snapshot: Snapshot) -> int:
    """The AS number of nodes without one of their own."""
    return settings(snapshot).as_number or bgp_configurations.DEFAULT_AS_NUMBER


def listen_port(snapshot: Snapshot, name: str | None = None) -> int:
    """The port that a node listens on, or the cluster's."""
    own = settings(snapshot, f"node.{name}").listen_port if name else None
    return own or settings(snapshot).listen_port or bgp_configurations.DEFAULT_LISTEN_PORT
