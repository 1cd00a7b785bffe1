"""One BGP session with all its options, as the far end and the resource that asks for it give them.

Does not know which sessions there are (bgp_peers.py).
"""

from __future__ import annotations

import dataclasses
import ipaddress
import math

from ansible_collections.calico.docker.plugins.module_utils.model import (
    bgp_annotations,
    bgp_configurations,
    bgp_peers,
    bgp_secrets,
    durations,
    fields,
)

from .bgp_speakers import Speaker
from .bgp_targets import Target

MESH = "mesh"
MAX_RESTART_TIME = 4095  # 12 bits of the capability (RFC 4724)
MAX_KEEPALIVE_TIME = 21845  # a third of the longest hold time (RFC 4271)
_NO_EXTRAS = bgp_annotations.Extras()


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
    password: bgp_secrets.Ref | None = None
    filters: tuple[str, ...] = ()
    reachable_by: fields.Address | None = None
    direct: bool = False
    extras: bgp_annotations.Extras = _NO_EXTRAS

    @property
    def name(self) -> str:
        """The protocol's name in BIRD."""
        words = str(self.address).replace(".", "_").replace(":", "_")
        port = "" if self.port == bgp_configurations.DEFAULT_LISTEN_PORT else f"_port_{self.port}"
        return f"{self.kind}{self.address.version}_{words}{port}"

    @property
    def asked_by(self) -> str:
        """The resource that a person has to look at."""
        return "BGPConfiguration default" if self.kind == MESH else f"BGPPeer {self.origin}"

    @property
    def hold_time(self) -> int | None:
        """Time for three keepalives, where these are longer apart than BIRD's default hold time of 240 s allows."""
        return None if self.keepalive_time is None else max(240, 3 * self.keepalive_time)

    @property
    def internal(self) -> bool:
        """Whether both ends are of one AS (iBGP)."""
        return self.local_as == self.as_number


def with_node(
    settings: bgp_configurations.BGPConfiguration | None, own: Speaker, other: Speaker, address: fields.Address
) -> Peer | None:
    """The mesh's session with an address of another node; None if this host has none of that family."""
    local = own.address(address.version)
    if local is None:
        return None
    spec = settings.spec if settings else bgp_configurations.BGPConfigurationSpec()
    return Peer(
        kind=MESH,
        origin=other.name,
        address=address,
        port=other.port,
        as_number=other.as_number,
        local_address=local,
        local_as=own.as_number,
        # One end connects, the other waits; which one is a comparison of texts, as upstream's nodes do it.
        passive=str(address) > str(local),
        restart_time=_seconds(spec.node_mesh_max_restart_time, MAX_RESTART_TIME),
        password=spec.node_mesh_password.ref if spec.node_mesh_password else None,
        extras=bgp_annotations.read(settings.metadata.annotations) if settings else _NO_EXTRAS,
    )


def with_target(resource: bgp_peers.BGPPeer, own: Speaker, target: Target) -> Peer | None:
    """The session that a BGPPeer asks for; None if this host has no address of that family."""
    local = own.address(target.address.version)
    if local is None:
        return None
    spec, extras = resource.spec, bgp_annotations.read(resource.metadata.annotations)
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
        password=spec.password.ref if spec.password else None,
        filters=spec.filters,
        reachable_by=spec.reachable_by if spec.peer_ip and spec.peer_ip.address == target.address else None,
        direct=_is_direct(spec, extras, own, target),
        extras=extras,
    )


def _is_direct(spec: bgp_peers.BGPPeerSpec, extras: bgp_annotations.Extras, own: Speaker, target: Target) -> bool:
    """Whether BFD has to be that of neighbours on a link (RFC 5881), as routers have it there."""
    is_near = any(target.address in network for network in own.networks)
    return extras.bfd_interval is not None and is_near and spec.ttl_security in (None, 1)


def _next_hop(spec: bgp_peers.BGPPeerSpec, *, internal: bool) -> str | None:
    if spec.next_hop_mode in ("Self", "Keep"):
        return spec.next_hop_mode.lower()
    return "keep" if spec.keep_original_next_hop and not internal else None


def _seconds(text: str | None, most: int) -> int | None:
    """Whole seconds, rounded up, within what the protocol can say."""
    return None if text is None else math.ceil(min(durations.seconds(text), most))
