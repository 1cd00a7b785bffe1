"""A store with pools and hosts, allocators on it, and what they left in it."""

import ipaddress
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import keys
from calico_node.ipam import allocate
from tests.fakes import cluster
from tests.fakes.store import FakeStore

POOL = ipaddress.ip_network("10.65.0.0/24")
ANY4, ANY6 = allocate.Wish(4), allocate.Wish(6)


def fake(pools: dict[str, Any] | None = None, **others: Any) -> FakeStore:
    return FakeStore(cluster.records(pools or {"p1": str(POOL)}, **others))


def allocator(datastore: store.Store, node: str = "host1", clock: cluster.Clock | None = None) -> allocate.Allocator:
    return allocate.Allocator(datastore, node, clock=clock or cluster.Clock())


def given(address: str) -> allocate.Wish:
    parsed = ipaddress.ip_address(address)
    return allocate.Wish(parsed.version, address=parsed)


def block_of(datastore: FakeStore, cidr: str) -> Any:
    return datastore.documents()[keys.block(ipaddress.ip_network(cidr))]


def own_blocks(datastore: FakeStore, node: str) -> list[str]:
    prefix = keys.affinities(node, 4)
    return [str(keys.cidr_of(key)) for key in datastore.documents() if key.startswith(prefix)]


def handles(datastore: FakeStore) -> dict[str, Any]:
    return {key: value for key, value in datastore.documents().items() if key.startswith(keys.HANDLES)}
