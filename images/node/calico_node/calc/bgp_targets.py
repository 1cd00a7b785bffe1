"""Which far ends a BGPPeer gives a host: what it names, and the nodes that it lets name this host.

Does not know the sessions' options (bgp_peers.py).
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_peers, fields, selectors
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from . import bgp_speakers
from .bgp_speakers import Speaker

GLOBAL, NODE = "glob", "node"


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """The far end of a session, seen from the near one."""

    kind: str
    address: fields.Address
    port: int
    as_number: int
    cluster_id: ipaddress.IPv4Address | None
    local_as: int | None


def of_peer(
    snapshot: Snapshot, spec: bgp_peers.BGPPeerSpec, own: Speaker, speakers: Mapping[str, Speaker]
) -> Iterator[Target]:
    """The targets of one host: those it is told to have, and those that answer another node's."""
    if _selects(spec, own):
        yield from _forward(snapshot, spec, speakers)
    if spec.reverse_peering != "Manual" and _is_named(spec, own):
        yield from _backward(spec, speakers)


def is_global(spec: bgp_peers.BGPPeerSpec) -> bool:
    """Whether every node peers."""
    return not (spec.node or spec.node_selector)


def _selects(spec: bgp_peers.BGPPeerSpec, node: Speaker) -> bool:
    """Whether the BGPPeer is one of this node's."""
    if spec.node:
        return spec.node == node.name
    return not spec.node_selector or selectors.parse(spec.node_selector).matches(node.labels)


def _forward(snapshot: Snapshot, spec: bgp_peers.BGPPeerSpec, speakers: Mapping[str, Speaker]) -> Iterator[Target]:
    """What the BGPPeer names: an address, or the nodes of a selector."""
    kind = GLOBAL if is_global(spec) else NODE
    if spec.peer_ip is not None and spec.as_number is not None:
        address = spec.peer_ip.address
        node = next((other for other in speakers.values() if address in other.addresses), None)
        port = spec.peer_ip.port or (node.port if node else bgp_speakers.listen_port(snapshot))
        yield Target(kind, address, port, spec.as_number, node.cluster_id if node else None, spec.local_as_number)
    if spec.peer_selector is not None:
        chosen = selectors.parse(spec.peer_selector)
        for other in speakers.values():
            if chosen.matches(other.labels):
                yield from _node_targets(kind, other, other.as_number, spec.local_as_number)


def _backward(spec: bgp_peers.BGPPeerSpec, speakers: Mapping[str, Speaker]) -> Iterator[Target]:
    """The nodes that the BGPPeer makes peer with this one."""
    for other in speakers.values():
        if _selects(spec, other):
            # A node that poses as another AS towards us is that AS here.
            yield from _node_targets(NODE, other, spec.local_as_number or other.as_number, None)


def _is_named(spec: bgp_peers.BGPPeerSpec, own: Speaker) -> bool:
    """Whether this node is the far end of a BGPPeer."""
    if spec.peer_selector is not None:
        return selectors.parse(spec.peer_selector).matches(own.labels)
    if spec.peer_ip is None or spec.as_number != own.as_number or spec.peer_ip.port not in (None, own.port):
        return False
    return spec.peer_ip.address in own.addresses


def _node_targets(kind: str, node: Speaker, as_number: int, local_as: int | None) -> Iterator[Target]:
    for address in node.addresses:
        yield Target(kind, address, node.port, as_number, node.cluster_id, local_as)
