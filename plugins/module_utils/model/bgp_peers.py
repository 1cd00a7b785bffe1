"""BGPPeer: a session beyond the mesh, to a router of the fabric or between selected nodes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import ClassVar

from . import bgp_annotations, bgp_numbers, bgp_secrets, fields, schema
from .errors import Invalid, Problem
from .resources import Resource

_WITH_PORT = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<four>[0-9.]+)):(?P<port>[0-9]{1,5})")


@dataclasses.dataclass(frozen=True, slots=True)
class PeerAddress:
    """``10.0.0.1``, ``10.0.0.1:1790``, ``fd00::1`` or ``[fd00::1]:1790``."""

    address: fields.Address
    port: int | None = None

    def __str__(self) -> str:
        if self.port is None:
            return str(self.address)
        return f"[{self.address}]:{self.port}" if self.address.version == 6 else f"{self.address}:{self.port}"


def _decode_peer_address(value: object, _strict: bool) -> PeerAddress:
    text = value if isinstance(value, str) else ""
    found = _WITH_PORT.fullmatch(text)
    address, port = (found["six"] or found["four"], int(found["port"])) if found else (text, None)
    try:
        if port is None or 1 <= port <= 65535:
            return PeerAddress(fields.ADDRESS.decode(address, True), port)
    except Invalid:
        pass
    raise Invalid.of(value, "must be an address such as 10.0.0.1, 10.0.0.1:179, fd00::1 or [fd00::1]:179")


PEER_ADDRESS: schema.Form[PeerAddress] = schema.Form(_decode_peer_address, str)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BGPPeerSpec:
    """Without node and nodeSelector it is global: every node peers."""

    node: str | None = schema.member("node", fields.NAME)
    node_selector: str | None = schema.member("nodeSelector", fields.SELECTOR)
    peer_ip: PeerAddress | None = schema.member("peerIP", PEER_ADDRESS)
    peer_selector: str | None = schema.member("peerSelector", fields.SELECTOR)
    as_number: int | None = schema.member("asNumber", bgp_numbers.AS_NUMBER)
    local_as_number: int | None = schema.member("localASNumber", bgp_numbers.AS_NUMBER)
    keep_original_next_hop: bool = schema.member("keepOriginalNextHop", fields.FLAG, False)
    next_hop_mode: str | None = schema.member("nextHopMode", fields.choice("Auto", "Self", "Keep"))
    source_address: str | None = schema.member("sourceAddress", fields.choice("UseNodeIP", "None"))
    max_restart_time: str | None = schema.member("maxRestartTime", fields.DURATION)
    keepalive_time: str | None = schema.member("keepaliveTime", fields.DURATION)
    num_allowed_local_as_numbers: int | None = schema.member("numAllowedLocalASNumbers", fields.integer(0, 255))
    ttl_security: int | None = schema.member("ttlSecurity", fields.integer(1, 255))
    reachable_by: fields.Address | None = schema.member("reachableBy", fields.ADDRESS)
    filters: tuple[str, ...] = schema.member("filters", fields.sequence(fields.NAME), ())
    password: bgp_secrets.Password | None = schema.member("password", bgp_secrets.PASSWORD)
    reverse_peering: str | None = schema.member("reversePeering", fields.choice("Auto", "Manual"))

    def problems(self) -> Iterable[Problem]:
        yield from self._peering_problems()
        if self.keep_original_next_hop and self.next_hop_mode is not None:
            yield Problem("keepOriginalNextHop", True, "excludes nextHopMode, which replaces it")
        if self.reachable_by is not None and (
            self.peer_ip is None or self.peer_ip.address.version != self.reachable_by.version
        ):
            yield Problem("reachableBy", str(self.reachable_by), "needs a peerIP of the same family")

    def _peering_problems(self) -> Iterable[Problem]:
        if self.node and self.node_selector:
            yield Problem("nodeSelector", self.node_selector, "excludes node: give one of them or neither")
        if (self.peer_ip is None) == (self.peer_selector is None):
            yield Problem(
                "peerIP", str(self.peer_ip) if self.peer_ip else None, "give exactly one of peerIP and peerSelector"
            )
        if self.peer_ip and self.as_number is None:
            yield Problem("asNumber", None, "is required with peerIP")
        if self.peer_selector and self.as_number is not None:
            yield Problem(
                "asNumber", self.as_number, "excludes peerSelector: the selected nodes have AS numbers of their own"
            )


@dataclasses.dataclass(frozen=True, slots=True)
class BGPPeer(Resource):
    """A peering of some or all nodes."""

    spec: BGPPeerSpec

    KIND: ClassVar[str] = "BGPPeer"
    PLURAL: ClassVar[str] = "bgppeers"
    SPEC: ClassVar[type[BGPPeerSpec]] = BGPPeerSpec

    def refusals(self) -> Iterable[Problem]:
        return bgp_annotations.problems(self.metadata.annotations)
