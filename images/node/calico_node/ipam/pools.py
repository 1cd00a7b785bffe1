"""Which pools may serve a request, and the blocks a pool is cut into. Pure.

Does not know which blocks exist or who owns them (allocate.py).
"""

from __future__ import annotations

import dataclasses
import ipaddress
import itertools
from collections.abc import Iterable, Iterator

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools, nodes, selectors

from . import errors

Pools = tuple[ip_pools.IPPool, ...]
_USE = "Workload"


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """Where a request may take from: a pool, and the part of it, which may be less than one block."""

    pool: ip_pools.IPPool
    part: fields.Network

    def __str__(self) -> str:
        whole = self.part == self.pool.spec.cidr
        return listed([self.pool]) if whole else f"{self.pool.name} ({self.pool.spec.cidr}, of it {self.part})"


def automatic(pools: Iterable[ip_pools.IPPool], version: int, node: nodes.Node) -> Pools:
    """The pools that serve a host's workloads without being asked for, by name. Raises NoPool."""
    known = enabled(pools, version)
    found = tuple(pool for pool in known if _serves(pool, node))
    if not found:
        raise errors.NoPool(
            f"no IPv{version} pool serves workloads on node {node.name}: "
            + (f"{listed(known)} are enabled, but do not select it" if known else "none is enabled")
            + "; make one with calico.docker.ip_pool"
        )
    return found


def of_subnet(pools: Iterable[ip_pools.IPPool], subnet: fields.Network) -> ip_pools.IPPool:
    """The enabled pool that a subnet is, or is a part of, whomever the pool selects. Raises NoPool."""
    known = enabled(pools, subnet.version)
    for pool in known:
        if within(subnet, pool.spec.cidr):
            return _for_workloads(pool)
        if ip_pools.overlap(pool.spec.cidr, subnet):
            raise errors.NoPool(f"subnet {subnet} is more than pool {listed([pool])}: give the pool or a part of it")
    raise errors.NoPool(f"subnet {subnet} is in no enabled pool: the IPv{subnet.version} pools are {listed(known)}")


def containing(pools: Iterable[ip_pools.IPPool], address: fields.Address) -> ip_pools.IPPool | None:
    """The pool of an address, disabled ones included; pools do not overlap."""
    return next((pool for pool in pools if address in pool.spec.cidr), None)


def enabled(pools: Iterable[ip_pools.IPPool], version: int) -> Pools:
    """The pools of a family that may give addresses, by name."""
    found = (pool for pool in pools if pool.spec.cidr.version == version and not pool.spec.disabled)
    return tuple(sorted(found, key=lambda pool: pool.name))


def listed(pools: Iterable[ip_pools.IPPool]) -> str:
    """Names and CIDRs, for people."""
    return ", ".join(f"{pool.name} ({pool.spec.cidr})" for pool in pools) or "none"


def within(part: fields.Network, whole: fields.Network) -> bool:
    """Whether every address of one network is in another."""
    return part.prefixlen >= whole.prefixlen and ip_pools.overlap(part, whole)


def block_of(pool: ip_pools.IPPool, address: fields.Address) -> fields.Network:
    """The block of the pool that holds an address."""
    return ipaddress.ip_network(f"{address}/{pool.spec.block_size}", strict=False)


def blocks_from(source: Source, node: str, reserved: Iterable[fields.Network] = ()) -> Iterator[fields.Network]:
    """Every block of the source, from a place that depends on the host, so that hosts seldom meet; there may be 2^74.

    Blocks inside of one reserved network are left out. A part of a block counts as the block.
    """
    size = source.pool.spec.block_size
    region = source.part if source.part.prefixlen <= size else block_of(source.pool, source.part.network_address)
    count = 1 << (size - region.prefixlen)
    step = 1 << (region.max_prefixlen - size)
    start = place_of(node, count)
    holes = [hole for network in reserved if (hole := _blocks_inside(region, network, step))]
    for index in itertools.chain(_without(holes, start, count), _without(holes, 0, start)):
        yield ipaddress.ip_network((region.network_address + index * step, size))


def place_of(node: str, count: int) -> int:
    """Where in a ring of so many places a host starts."""
    return _fnv1(node) % count


def _blocks_inside(region: fields.Network, network: fields.Network, step: int) -> range:
    """The numbers of the region's blocks that lie in a network."""
    if not ip_pools.overlap(region, network):
        return range(0)
    first = max(int(network.network_address) - int(region.network_address), 0)
    size = min(network.num_addresses, region.num_addresses)
    return range(first // step, (first + size) // step) if size >= step else range(0)


def _without(holes: Iterable[range], start: int, stop: int) -> Iterator[int]:
    """The numbers from ``start`` to ``stop``, leaping over holes."""
    index = start
    while index < stop:
        hole = next((hole for hole in holes if index in hole), None)
        if hole is None:
            yield index
        index = index + 1 if hole is None else hole.stop


def selects(pool: ip_pools.IPPool, node: nodes.Node) -> bool:
    """Whether the pool is for the node at all; if not, the node gives its empty blocks back."""
    return selectors.parse(pool.spec.node_selector).matches(node.metadata.labels)


def _serves(pool: ip_pools.IPPool, node: nodes.Node) -> bool:
    spec = pool.spec
    return (
        spec.assignment_mode == "Automatic"
        and _USE in spec.allowed_uses
        and selects(pool, node)
        # Namespaces are Kubernetes'; ours carries no labels.
        and selectors.parse(spec.namespace_selector or "all()").matches({})
    )


def _for_workloads(pool: ip_pools.IPPool) -> ip_pools.IPPool:
    """As upstream: a pool that is named need not select the host, but must be meant for workloads."""
    if _USE not in pool.spec.allowed_uses:
        uses = ", ".join(pool.spec.allowed_uses)
        raise errors.NoPool(f"pool {listed([pool])} gives no addresses to workloads: its allowedUses are {uses}")
    return pool


def _fnv1(name: str) -> int:
    """FNV-1, 32 bits."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value * 0x01000193 & 0xFFFFFFFF) ^ byte
    return value
