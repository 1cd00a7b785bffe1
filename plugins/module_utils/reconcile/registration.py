"""Nodes: no two have one address, and with a Node goes what is about it alone."""

from __future__ import annotations

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import (
    bgp_configurations,
    bgp_peers,
    felix_configurations,
    host_endpoints,
    nodes,
    resources,
    workload_endpoints,
)
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Problem

from . import ipam, lookups
from .terms import Terms


def node(store: stores.Store, stored: nodes.Node | None, wanted: nodes.Node | None) -> Terms:
    """A Node."""
    if wanted is not None:
        return _registered_node(store, stored, wanted)
    if stored is None:
        return Terms()
    endpoints, revision = lookups.every(store, workload_endpoints.WorkloadEndpoint)
    count = sum(endpoint.host == stored.name for endpoint in endpoints)
    there = f"{count} endpoints of the node exist; of a host that is gone for good, calicoctl node delete removes them"
    problems = [Problem("metadata.name", stored.name, there)] if count else []
    released = ipam.released(store, stored, lambda entry: entry.node == stored.name)
    belongings = _belongings(store, stored.name)
    return Terms(
        problems=(*problems, *released.problems),
        expect={**released.expect, **belongings},
        unchanged={**released.unchanged, resources.prefix_of(workload_endpoints.WorkloadEndpoint): revision},
        deletes=(*released.deletes, *belongings),
    )


def _belongings(store: stores.Store, name: str) -> dict[str, int]:
    """The keys, and their revisions, of the records that are about this node and no other."""
    own = f"node.{name}"
    keys = [
        *(peer.key for peer in lookups.every(store, bgp_peers.BGPPeer)[0] if peer.spec.node == name),
        *(one.key for one in lookups.every(store, host_endpoints.HostEndpoint)[0] if one.spec.node == name),
        resources.key_of(bgp_configurations.BGPConfiguration, own),
        resources.key_of(felix_configurations.FelixConfiguration, own),
    ]
    found = {key: store.get(key) for key in keys}
    return {key: record.revision for key, record in found.items() if record is not None}


def _registered_node(store: stores.Store, stored: nodes.Node | None, wanted: nodes.Node) -> Terms:
    """Two hosts of one address would both be wrong; a node that keeps its own is not asked again."""
    new = {
        version: address
        for version in (4, 6)
        if (address := wanted.address(version)) and (stored is None or stored.address(version) != address)
    }
    if not new:
        return Terms()
    others, revision = lookups.every(store, nodes.Node)
    problems = [
        Problem(f"spec.bgp.ipv{version}Address", str(address), f"is the address of node {other.name}")
        for other in others
        for version, address in new.items()
        if other.name != wanted.name and other.address(version) == address
    ]
    return Terms(problems=tuple(problems), unchanged={resources.prefix_of(nodes.Node): revision})
