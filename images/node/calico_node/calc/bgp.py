"""What BIRD on one host has to do: (snapshot, host) -> BgpConfiguration.

Peers come from bgp_peers.py. Does not know BIRD's language (render/bird.py), nor which routes exist: BIRD learns the
workloads' routes from the kernel, where the agent put them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterable

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Network, Snapshot

from . import bgp_peers, bgp_speakers

_INTERFACES = re.compile(r"[A-Za-z0-9_.*?-]{1,15}")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BgpConfiguration:
    """Everything in it is sorted. ``problems`` says what the store asks for and is not done."""

    router_id: ipaddress.IPv4Address
    as_number: int
    listen_port: int
    strict_bind: bool
    addresses: tuple[fields.Address, ...]
    pools: tuple[Network, ...]
    hidden_pools: tuple[Network, ...]
    tunnelled_pools: tuple[Network, ...]
    blocks: tuple[Network, ...]
    ignored_interfaces: tuple[str, ...]
    reflector: bool
    peers: tuple[bgp_peers.Peer, ...]
    problems: tuple[str, ...]


def configuration(snapshot: Snapshot, host: str) -> BgpConfiguration:
    """The configuration of a host; one without a Node resource has no peers."""
    own = bgp_speakers.speaker(snapshot, host)
    settings = bgp_speakers.settings(snapshot)
    ignored = settings.ignored_interfaces
    return BgpConfiguration(
        router_id=_router_id(own),
        as_number=own.as_number,
        listen_port=own.port,
        strict_bind=settings.bind_mode == "NodeIP",
        addresses=own.addresses,
        pools=_pools(snapshot, lambda pool: not pool.disable_bgp_export),
        hidden_pools=_pools(snapshot, lambda pool: pool.disable_bgp_export),
        tunnelled_pools=_pools(snapshot, _is_tunnelled),
        blocks=_blocks(snapshot, host),
        ignored_interfaces=tuple(sorted({name for name in ignored if _INTERFACES.fullmatch(name)})),
        reflector=own.cluster_id is not None,
        peers=bgp_peers.of_host(snapshot, host),
        problems=(*bgp_peers.problems(snapshot), *_problems(snapshot)),
    )


def _router_id(own: bgp_speakers.Speaker) -> ipaddress.IPv4Address:
    """The IPv4 address; without one, a number made from the name, which is as unique and never changes either."""
    if isinstance(own.ipv4, ipaddress.IPv4Address):
        return own.ipv4
    digest = hashlib.sha256(own.name.encode()).digest()
    return ipaddress.IPv4Address(int.from_bytes(digest[:4], "big") or 1)


def _pools(snapshot: Snapshot, wanted: Callable[[ip_pools.IPPoolSpec], bool]) -> tuple[Network, ...]:
    return _ordered({pool.spec.cidr for pool in snapshot.pools.values() if wanted(pool.spec)})


def _is_tunnelled(pool: ip_pools.IPPoolSpec) -> bool:
    return (pool.ipip_mode, pool.vxlan_mode) != ("Never", "Never")


def _blocks(snapshot: Snapshot, host: str) -> tuple[Network, ...]:
    """The host's own blocks. Only those inside a pool: an affinity must not make a host announce anything else."""
    every = [pool.spec.cidr for pool in snapshot.pools.values()]
    return _ordered(
        block
        for (node, block), state in snapshot.affinities.items()
        if node == host and state == "confirmed" and block.prefixlen < block.max_prefixlen and _is_inside(block, every)
    )


def _is_inside(block: Network, pools: Iterable[Network]) -> bool:
    return any(block.prefixlen >= pool.prefixlen and ip_pools.overlap(block, pool) for pool in pools)


def _ordered(networks: Iterable[Network]) -> tuple[Network, ...]:
    """IPv4 first, then by address."""
    return tuple(
        sorted(networks, key=lambda network: (network.version, int(network.network_address), network.prefixlen))
    )


def _problems(snapshot: Snapshot) -> Iterable[str]:
    for name, pool in sorted(snapshot.pools.items()):
        if _is_tunnelled(pool.spec):
            yield f"IPPool {name}: tunnels are not supported by this version, so other hosts do not reach its addresses"
    for name, resource in sorted(snapshot.bgp_configurations.items()):
        if resource.spec.prefix_advertisements:
            yield f"BGPConfiguration {name}: spec.prefixAdvertisements has no effect in this version"
        for interface in resource.spec.ignored_interfaces:
            if not _INTERFACES.fullmatch(interface):
                yield f"BGPConfiguration {name}: spec.ignoredInterfaces: {interface!r} is no name or pattern"
