"""Which BGP sessions a host has: the mesh of nodes, and the BGPPeers that concern it.

An explicit peer wins over the mesh's session with the same address and port, and a global one over a node's. Names
come from kind, address and port, so a session keeps its name, and with it its life, while anything else changes. Does
not know what is announced (bgp.py).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_configurations, bgp_secrets, fields
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from . import bgp_sessions, bgp_speakers, bgp_targets
from .bgp_sessions import Peer
from .bgp_speakers import Speaker


@dataclasses.dataclass(frozen=True, slots=True)
class Sessions:
    """Those of a host by name, and why others that it should have are missing."""

    peers: tuple[Peer, ...] = ()
    problems: tuple[str, ...] = ()


def of_host(snapshot: Snapshot, host: str, passwords: Collection[bgp_secrets.Ref] = ()) -> Sessions:
    """Every session of a host that knows ``passwords``."""
    speakers = bgp_speakers.by_name(snapshot)
    own = speakers.get(host)
    if own is None:
        return Sessions()
    found: dict[tuple[fields.Address, int], Peer] = {}
    for peer in (*_explicit(snapshot, own, speakers), *_mesh(snapshot, own, speakers)):
        if peer.address not in own.addresses:
            found.setdefault((peer.address, peer.port), peer)
    obstacles = {peer.name: tuple(_obstacles(snapshot, peer, passwords)) for peer in found.values()}
    peers = sorted((peer for peer in found.values() if not obstacles[peer.name]), key=lambda peer: peer.name)
    return Sessions(tuple(peers), tuple(sorted({text for texts in obstacles.values() for text in texts})))


def _obstacles(snapshot: Snapshot, peer: Peer, passwords: Collection[bgp_secrets.Ref]) -> Iterator[str]:
    """Without its password or a filter a session would be less safe than none, so there is none."""
    if peer.password is not None and peer.password not in passwords:
        place = "/".join(peer.password)
        yield f"{peer.asked_by}: no session: this host has no password {place}; add it to calico_bgp_passwords"
    for name in peer.filters:
        if name not in snapshot.bgp_filters:
            yield f"{peer.asked_by}: no session: there is no valid BGPFilter {name}"
    # What BIRD would refuse, together with every other session.
    for address in (peer.address, *([] if peer.local_address is None else [peer.local_address])):
        if address.is_link_local or address.is_unspecified or address.is_multicast or address.is_loopback:
            yield f"{peer.asked_by}: no session: {address} is no address of a host that BIRD can peer with"
    if peer.local_address is None and bgp_speakers.settings(snapshot).bind_mode == "NodeIP":
        yield f"{peer.asked_by}: no session: sourceAddress None excludes bindMode NodeIP of the BGPConfiguration"


def _mesh(snapshot: Snapshot, own: Speaker, speakers: Mapping[str, Speaker]) -> Iterator[Peer]:
    """A session with every other node; route reflectors have explicit ones instead."""
    settings = snapshot.bgp_configurations.get(bgp_configurations.DEFAULT)
    if own.cluster_id is not None or (settings and settings.spec.node_to_node_mesh_enabled is False):
        return
    for other in speakers.values():
        if other.name != own.name and other.cluster_id is None:
            for address in other.addresses:
                if peer := bgp_sessions.with_node(settings, own, other, address):
                    yield peer


def _explicit(snapshot: Snapshot, own: Speaker, speakers: Mapping[str, Speaker]) -> Iterator[Peer]:
    """The sessions of BGPPeers, global ones first."""
    resources = [peer for _name, peer in sorted(snapshot.bgp_peers.items())]
    for resource in sorted(resources, key=lambda peer: bgp_targets.is_global(peer.spec), reverse=True):
        for target in bgp_targets.of_peer(snapshot, resource.spec, own, speakers):
            if peer := bgp_sessions.with_target(resource, own, target):
                yield peer
