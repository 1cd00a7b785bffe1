"""All that the store says about addresses, read at about one moment: pools, blocks, handles, affinities, endpoints.

Only reads. What is wrong with it says ``audit``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields, nodes, resources
from ansible_collections.calico.docker.plugins.module_utils.reconcile import books

from . import views


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
    blocks: Mapping[fields.Network, books.Stored | None]
    affinities: tuple[books.Affinity, ...]
    handles: Mapping[str, books.Handle]
    endpoints: tuple[books.Endpoint, ...]
    endpoints_revision: int
    unreadable: tuple[str, ...]
    nodes: Mapping[str, int]
    tunnels: frozenset[fields.Address]


def read(datastore: store.Store, now: float) -> Books:
    """Raises StoreError, Invalid for settings of address management that cannot be read."""
    view = views.View.read(datastore, now)
    blocks = {**view.blocks(4), **view.blocks(6)}
    handles = books.handles(datastore)
    endpoints = books.endpoints(datastore)
    node_records = datastore.list(resources.prefix_of(nodes.Node)).records
    return Books(
        view=view,
        blocks=blocks,
        affinities=tuple(books.affinities(datastore)),
        handles=handles,
        endpoints=endpoints.found,
        endpoints_revision=endpoints.revision,
        unreadable=tuple(endpoints.unreadable),
        nodes={record.key.rpartition("/")[2]: record.revision for record in node_records},
        tunnels=frozenset(address for record in node_records for address in books.tunnels(record)),
    )
