"""Which BGP sessions a host has: the mesh of nodes, and the BGPPeers that concern it.

An explicit peer wins over the mesh's session with the same address and port, and a global one over a node's. Names
come from kind, address and port, so a session keeps its name, and with it its life, while anything else changes. Does
not know what is announced (bgp.py).
"""

from __future__ import annotations

import dataclasses
import ipaddress
import math
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import (
    bgp_configurations,
    bgp_peers,
    durations,
    fields,
)
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from . import bgp_speakers, bgp_targets
from .bgp_speakers import Speaker
from .bgp_targets import Target

MESH = "mesh"
MAX_RESTART_TIME = 4095  # 12 bits of the capability (RFC 4724)
MAX_KEEPALIVE_TIME = 21845  # a third of the longest hold time (RFC 4271)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One session. Absent options mean BIRD's defaults; ``origin`` is the other node or the BGPPeer."""

    kind: str
    origin: str
    address: fields.Address
    port: int
    as_number: int
    local_address: fields.Address | None
    local_as: int
    passive: bool = False
    reflect: ipaddress.IPv4Address | None = None
    next_hop: str | None = None
    restart_time: int | None = None
    keepalive_time: int | None = None
    ttl_security: int | None = None
    allowed_local_as: int | None = None

    @property
    def name(self) -> str:
        """The protocol's name in BIRD."""
        words = str(self.address).replace(".", "_").replace(":", "_")
        port = "" if self.port == bgp_configurations.DEFAULT_LISTEN_PORT else f"_port_{self.port}"
        return f"{self.kind}{self.address.version}_{words}{port}"

    @property
    def hold_time(self) -> int | None:
        """Time for three keepalives, where these are longer apart than BIRD's default hold time of 240 s allows."""
        return None if self.keepalive_time is None else max(240, 3 * self.keepalive_time)

    @property
    def internal(self) -> bool:
        """Whether both ends are of one AS (iBGP)."""
        return self.local_as == self.as_number


def of_host(snapshot: Snapshot, host: str) -> tuple[Peer, ...]:
    """Every session of a host, by name."""
    speakers = bgp_speakers.by_name(snapshot)
    own = speakers.get(host)
    if own is None:
        return ()
    found: dict[tuple[fields.Address, int], Peer] = {}
    for peer in (*_explicit(snapshot, own, speakers), *_mesh(snapshot, own, speakers)):
        if peer.address not in own.addresses:
            found.setdefault((peer.address, peer.port), peer)
    return tuple(sorted(found.values(), key=lambda peer: peer.name))


def problems(snapshot: Snapshot) -> Iterable[str]:
    """The BGPPeers that get no session, since half of what they ask for would be less safe than none."""
    for name, peer in sorted(snapshot.bgp_peers.items()):
        for field in _unsupported(peer.spec):
            yield f"BGPPeer {name}: no session, since spec.{field} is not supported by this version; remove it"


def _unsupported(spec: bgp_peers.BGPPeerSpec) -> Iterator[str]:
    wanted = {"filters": spec.filters, "password": spec.password, "reachableBy": spec.reachable_by}
    yield from (field for field, value in wanted.items() if value)


def _mesh(snapshot: Snapshot, own: Speaker, speakers: Mapping[str, Speaker]) -> Iterator[Peer]:
    """A session with every other node; route reflectors have explicit ones instead."""
    settings = bgp_speakers.settings(snapshot)
    if settings.node_to_node_mesh_enabled is False or own.cluster_id is not None:
        return
    for other in speakers.values():
        if other.name == own.name or other.cluster_id is not None:
            continue
        for address in other.addresses:
            if (local := own.address(address.version)) is not None:
                yield Peer(
                    kind=MESH,
                    origin=other.name,
                    address=address,
                    port=other.port,
                    as_number=other.as_number,
                    local_address=local,
                    local_as=own.as_number,
                    # One end connects, the other waits; which one is a comparison of texts, as upstream's nodes do it.
                    passive=str(address) > str(local),
                    restart_time=_seconds(settings.node_mesh_max_restart_time, MAX_RESTART_TIME),
                )


def _explicit(snapshot: Snapshot, own: Speaker, speakers: Mapping[str, Speaker]) -> Iterator[Peer]:
    """The sessions of BGPPeers, global ones first."""
    resources = [peer for _name, peer in sorted(snapshot.bgp_peers.items()) if not any(_unsupported(peer.spec))]
    for resource in sorted(resources, key=lambda peer: bgp_targets.is_global(peer.spec), reverse=True):
        for target in bgp_targets.of_peer(snapshot, resource.spec, own, speakers):
            local = own.address(target.address.version)
            if local is not None:
                yield _session(resource, own, target, local)


def _session(resource: bgp_peers.BGPPeer, own: Speaker, target: Target, local: fields.Address) -> Peer:
    spec = resource.spec
    local_as = target.local_as or own.as_number
    internal = local_as == target.as_number
    return Peer(
        kind=target.kind,
        origin=resource.name,
        address=target.address,
        port=target.port,
        as_number=target.as_number,
        local_address=None if spec.source_address == "None" else local,
        local_as=local_as,
        # A reflector's clients are its iBGP peers outside its own cluster of reflectors.
        reflect=own.cluster_id if internal and target.cluster_id != own.cluster_id else None,
        next_hop=_next_hop(spec, internal=internal),
        restart_time=_seconds(spec.max_restart_time, MAX_RESTART_TIME),
        keepalive_time=_seconds(spec.keepalive_time, MAX_KEEPALIVE_TIME) or None,
        ttl_security=spec.ttl_security,
        allowed_local_as=spec.num_allowed_local_as_numbers or None,
    )


def _next_hop(spec: bgp_peers.BGPPeerSpec, *, internal: bool) -> str | None:
    if spec.next_hop_mode in ("Self", "Keep"):
        return spec.next_hop_mode.lower()
    return "keep" if spec.keep_original_next_hop and not internal else None


def _seconds(text: str | None, most: int) -> int | None:
    """Whole seconds, rounded up, within what the protocol can say."""
    return None if text is None else math.ceil(min(durations.seconds(text), most))
