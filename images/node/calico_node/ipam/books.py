"""All that the store says about addresses, read at about one moment: blocks, handles, affinities, endpoints.

Only reads. What is wrong with it says ``audit``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields, nodes, resources, workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import keys

from . import views

ENDPOINTS = resources.prefix_of(workload_endpoints.WorkloadEndpoint)
_HOSTS = keys.ROOT + "host/"


@dataclasses.dataclass(frozen=True, slots=True)
class Affinity:
    """A node's claim to a block."""

    node: str
    cidr: fields.Network
    state: str
    revision: int


@dataclasses.dataclass(frozen=True, slots=True)
class Handle:
    """How many addresses a handle has in each block; None if that cannot be read."""

    counts: Mapping[fields.Network, int] | None
    revision: int


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """A WorkloadEndpoint, as far as addresses go."""

    resource: workload_endpoints.WorkloadEndpoint
    revision: int

    @property
    def node(self) -> str:
        return self.resource.host

    @property
    def addresses(self) -> tuple[fields.Address, ...]:
        return tuple(network.network_address for network in self.resource.spec.ip_networks)


@dataclasses.dataclass(frozen=True, slots=True)
class Present:
    """What the container engine of a host says: all addresses that its containers have, all ids of endpoints it knows.

    ``endpoints`` are those on Calico's networks: which endpoint has an address.
    """

    node: str
    addresses: Collection[fields.Address]
    known: Collection[str]
    endpoints: Mapping[fields.Address, str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """``tunnels`` are the addresses that Nodes keep for themselves; ``unreadable`` are keys of WorkloadEndpoints."""

    view: views.View
    blocks: Mapping[fields.Network, views.Stored | None]
    affinities: tuple[Affinity, ...]
    handles: Mapping[str, Handle]
    endpoints: tuple[Endpoint, ...]
    endpoints_revision: int
    unreadable: tuple[str, ...]
    nodes: Mapping[str, int]
    tunnels: frozenset[fields.Address]


def read(datastore: store.Store, now: float) -> Books:
    """Raises StoreError, Invalid for settings of address management that cannot be read."""
    view = views.View.read(datastore, now)
    # Blocks before endpoints: an address is taken before its endpoint is written, and freed after it.
    blocks = {**view.blocks(4), **view.blocks(6)}
    handles = {
        record.key.removeprefix(keys.HANDLES): Handle(_counts(record), record.revision)
        for record in datastore.list(keys.HANDLES).records
    }
    listing = datastore.list(ENDPOINTS)
    found = {record.key: _endpoint(record) for record in listing.records}
    node_records = datastore.list(resources.prefix_of(nodes.Node)).records
    return Books(
        view=view,
        blocks=blocks,
        affinities=tuple(_affinities(datastore)),
        handles=handles,
        endpoints=tuple(endpoint for endpoint in found.values() if endpoint is not None),
        endpoints_revision=listing.revision,
        unreadable=tuple(key for key, endpoint in found.items() if endpoint is None),
        nodes={record.key.rpartition("/")[2]: record.revision for record in node_records},
        tunnels=frozenset(address for record in node_records for address in _tunnels(record)),
    )


def _endpoint(record: store.Record) -> Endpoint | None:
    try:
        return Endpoint(workload_endpoints.WorkloadEndpoint.decode(record.document()), record.revision)
    except Invalid:
        return None


def _affinities(datastore: store.Store) -> Iterator[Affinity]:
    for record in datastore.list(_HOSTS).records:
        if (cidr := keys.cidr_of(record.key)) is not None:
            node = record.key.removeprefix(_HOSTS).partition("/")[0]
            yield Affinity(node, cidr, views.state_of(record), record.revision)


def _counts(record: store.Record) -> Mapping[fields.Network, int] | None:
    try:
        document = record.document()
        stored = document.get("block") if isinstance(document, Mapping) else None
        if not isinstance(stored, Mapping):
            return None
        return {fields.NETWORK.decode(cidr, False): int(count) for cidr, count in stored.items()}
    except (Invalid, TypeError, ValueError):
        return None


def _tunnels(record: store.Record) -> Iterator[fields.Address]:
    try:
        spec = nodes.Node.decode(record.document()).spec
    except Invalid:
        return
    wireguard = spec.wireguard if isinstance(spec.wireguard, Mapping) else {}
    stated = (
        spec.bgp.ipv4_ipip_tunnel_addr if spec.bgp else None,
        spec.ipv4_vxlan_tunnel_addr,
        spec.ipv6_vxlan_tunnel_addr,
        wireguard.get("interfaceIPv4Address"),
        wireguard.get("interfaceIPv6Address"),
    )
    for text in stated:
        try:
            if text:
                yield fields.ADDRESS.decode(text, False)
        except Invalid:
            continue
