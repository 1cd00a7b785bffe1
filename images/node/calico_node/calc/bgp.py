"""What BIRD on one host has to do: (snapshot, host, its passwords) -> BgpConfiguration.

Peers come from bgp_peers.py. Does not know BIRD's language (render/bird.py), nor which routes exist: BIRD learns the
workloads' routes from the kernel, where the agent put them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
from collections.abc import Callable, Iterable

from ansible_collections.calico.docker.plugins.module_utils.model import (
    bgp_numbers,
    bgp_secrets,
    fields,
    ip_pools,
)
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Network, Snapshot

from . import bgp_filters, bgp_peers, bgp_reports, bgp_sessions, bgp_speakers


@dataclasses.dataclass(frozen=True, slots=True)
class Tag:
    """The communities that announced routes inside ``network`` carry."""

    network: Network
    communities: tuple[tuple[int, ...], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Gateway:
    """By what address a peer is reached."""

    network: Network
    address: fields.Address

    @property
    def version(self) -> int:
        return self.address.version


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
    tags: tuple[Tag, ...]
    gateways: tuple[Gateway, ...]
    filters: tuple[bgp_filters.Direction, ...]
    peers: tuple[bgp_sessions.Peer, ...]
    problems: tuple[str, ...]


def configuration(
    snapshot: Snapshot, host: str, passwords: bgp_secrets.Passwords = bgp_secrets.NONE
) -> BgpConfiguration:
    """The configuration of a host; one without a Node resource has no peers."""
    own = bgp_speakers.speaker(snapshot, host)
    sessions = bgp_peers.of_host(snapshot, host, passwords.known)
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
        tunnelled_pools=_pools(snapshot, ip_pools.is_tunnelled),
        blocks=_blocks(snapshot, host),
        ignored_interfaces=tuple(sorted({name for name in ignored if bgp_reports.INTERFACES.fullmatch(name)})),
        reflector=own.cluster_id is not None,
        tags=tuple(_tags(snapshot, host)),
        gateways=tuple(_gateways(sessions.peers)),
        filters=tuple(_filters(snapshot, sessions.peers)),
        peers=sessions.peers,
        problems=(*passwords.problems, *sessions.problems, *bgp_reports.problems(snapshot)),
    )


def _router_id(own: bgp_speakers.Speaker) -> ipaddress.IPv4Address:
    """The IPv4 address; without one, a number made from the name, which is as unique and never changes either."""
    if isinstance(own.ipv4, ipaddress.IPv4Address):
        return own.ipv4
    digest = hashlib.sha256(own.name.encode()).digest()
    return ipaddress.IPv4Address(int.from_bytes(digest[:4], "big") or 1)


def _pools(snapshot: Snapshot, wanted: Callable[[ip_pools.IPPoolSpec], bool]) -> tuple[Network, ...]:
    return _ordered({pool.spec.cidr for pool in snapshot.pools.values() if wanted(pool.spec)})


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


def _tags(snapshot: Snapshot, host: str) -> Iterable[Tag]:
    """A node's own advertisements stand in place of the cluster's, with the names that stand beside them."""
    own = bgp_speakers.settings(snapshot, f"node.{host}")
    spec = own if own.prefix_advertisements else bgp_speakers.settings(snapshot)
    values = {community.name: community.value for community in spec.communities}
    for advertisement in spec.prefix_advertisements:
        texts = (values.get(text, text) for text in advertisement.communities)
        yield Tag(advertisement.cidr, tuple(bgp_numbers.community(text) for text in texts))


def _gateways(peers: Iterable[bgp_sessions.Peer]) -> Iterable[Gateway]:
    found = {peer.address: peer.reachable_by for peer in reversed([*peers]) if peer.reachable_by}
    for network in _ordered(map(ipaddress.ip_network, found)):
        yield Gateway(network, found[network.network_address])


def _filters(snapshot: Snapshot, peers: Iterable[bgp_sessions.Peer]) -> Iterable[bgp_filters.Direction]:
    for name in sorted({name for peer in peers for name in peer.filters}):
        yield from bgp_filters.directions(snapshot.bgp_filters[name])
