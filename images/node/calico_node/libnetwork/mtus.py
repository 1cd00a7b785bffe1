"""The MTU of a container's interface: what its network says, else its pools, else the ways to the other hosts."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Protocol

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools, nodes, pool_mtus, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

_USUAL = 1500
_log = logging.getLogger(__name__)


class Links(Protocol):
    """What is asked of the kernel; see ``dataplane.veth``."""

    def mtu_of(self, address: fields.Address) -> int | None: ...


def pools(datastore: store.Store) -> tuple[ip_pools.IPPool, ...]:
    """Every pool that can be read. Raises StoreError."""
    records = datastore.list(resources.prefix_of(ip_pools.IPPool)).records
    return tuple(pool for record in records if (pool := _pool(record)) is not None)


def of_pools(known: Iterable[ip_pools.IPPool], addresses: Iterable[fields.Address]) -> int | None:
    """The smallest that the pools of some addresses say; None if none says any."""
    own = [pool for pool in known if any(address in pool.spec.cidr for address in addresses)]
    return min((mtu for pool in own if (mtu := _stated(pool)) is not None), default=None)


def of_tunnels(known: Iterable[ip_pools.IPPool], versions: Iterable[int]) -> int:
    """What tunnels to any of the pools' addresses take away: whoever sends to such an address goes through one."""
    return max((ip_pools.overhead(pool.spec) for pool in known if pool.spec.cidr.version in versions), default=0)


def of_uplink(datastore: store.Store, links: Links, host: str) -> int:
    """That of the interface that has the host's address. Raises StoreError, LinkError."""
    record = datastore.get(resources.key_of(nodes.Node, host))
    node = None if record is None else nodes.Node.decode(record.document())
    for version in (4, 6):
        address = None if node is None else node.address(version)
        if address is not None and (mtu := links.mtu_of(address)):
            return mtu
    return _USUAL


def _pool(record: store.Record) -> ip_pools.IPPool | None:
    try:
        return ip_pools.IPPool.decode(record.document())
    except Invalid:  # listed by calicoctl node status
        return None


def _stated(pool: ip_pools.IPPool) -> int | None:
    try:
        return pool_mtus.of(pool)
    except Invalid as error:
        _log.warning("pool %s: %s: the MTU is that of the host's own interface", pool.name, error)
        return None
