"""What the policy says of one packet, and why: Calico's semantics, read from their specification and nothing else.

This is not how the kernel is told. The agent's calculation and rendering are a second reading, tested against this one
with real packets; neither knows the other. Of a connection only the first packet is decided: replies pass by
connection tracking.

Ask one ``Oracle`` for all packets of a snapshot: it reads the snapshot once.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from . import hosts, packets, peers, policies, rules, walk
from .packets import EGRESS, INGRESS, Packet, Step, Verdict

__all__ = [
    "EGRESS",
    "INGRESS",
    "UPLINK",
    "Memory",
    "Oracle",
    "Packet",
    "Step",
    "Verdict",
    "at_endpoint",
    "at_host",
    "between",
]

# The interface by which hosts reach each other, if nobody says otherwise.
UPLINK = "eth0"


@dataclasses.dataclass(slots=True)
class Memory:
    """What oracles of similar snapshots need to read only once."""

    kinds: peers.Kinds = dataclasses.field(default_factory=peers.Kinds)
    reader: policies.Reader = dataclasses.field(default_factory=policies.Reader)
    last: tuple[Snapshot, peers.Peers] | None = None

    def peers_of(self, snapshot: Snapshot) -> peers.Peers:
        """Those of the last snapshot, if they are the same."""
        if self.last is None or not peers.are_the_same(self.last[0], snapshot):
            self.last = (snapshot, peers.Peers(snapshot, self.kinds))
        return self.last[1]


class Oracle:
    """Answers for one snapshot; ``memory`` may be that of the oracle of another one."""

    def __init__(self, snapshot: Snapshot, memory: Memory | None = None) -> None:
        self.snapshot = snapshot
        self.memory = memory or Memory()
        self.peers = self.memory.peers_of(snapshot)
        self.policies = policies.Policies(snapshot, self.memory.reader)
        self._hosts: dict[str, hosts.Host] = {}

    def at_endpoint(self, key: str, direction: str, packet: Packet) -> Verdict:
        """What the policy of one WorkloadEndpoint (``namespace/name``) says; KeyError if there is none."""
        endpoint = self.snapshot.endpoints[key]
        if not peers.is_active(endpoint):
            step = Step(key, direction, None, None, None, packets.DENY, "the endpoint has no interface or no address")
            return Verdict(False, (step,))
        on_its_way = self._walk(self.peers.places[key], packet, {})
        return Verdict(on_its_way.workload(key, direction), tuple(on_its_way.trail))

    def at_host(
        self,
        host: str,
        packet: Packet,
        *,
        incoming: str | None,
        outgoing: str | None,
        addresses: hosts.Addresses | None = None,
    ) -> Verdict:
        """What a host does with a packet between two interfaces; None is the host itself.

        ``addresses`` are those that the host has itself, by interface, for HostEndpoints that are found by expectedIPs.
        """
        return self._walk(host, packet, addresses or {}).go(incoming, outgoing)

    def between(self, packet: Packet, *, uplink: str = UPLINK) -> Verdict:
        """The whole way: through the host of the source, then through that of the destination, if they are ours."""
        from_host, from_interface = self._owner(packet.source)
        to_host, to_interface = self._owner(packet.destination)
        if from_host is not None and from_host == to_host:
            return self._at(from_host, packet, from_interface, to_interface, uplink)
        trail: tuple[Step, ...] = ()
        if from_host is not None:
            leaving = self._at(from_host, packet, from_interface, uplink, uplink)
            if not leaving.allowed:
                return leaving
            trail = leaving.trail
        if to_host is None:
            return Verdict(True, trail)
        arriving = self._at(to_host, packet, uplink, to_interface, uplink)
        return dataclasses.replace(arriving, trail=trail + arriving.trail)

    def host(self, name: str) -> hosts.Host:
        """What holds on a host, whether it is known or not."""
        if name not in self._hosts:
            self._hosts[name] = hosts.Host(self.snapshot, name, self.peers.local.get(name, ()))
        return self._hosts[name]

    def _at(self, host: str, packet: Packet, incoming: str | None, outgoing: str | None, uplink: str) -> Verdict:
        node = self.snapshot.nodes.get(host)
        own = [address for address in (node.address(4), node.address(6)) if address] if node else []
        return self.at_host(host, packet, incoming=incoming, outgoing=outgoing, addresses={uplink: own})

    def _walk(self, host: str, packet: Packet, addresses: hosts.Addresses) -> walk.Walk:
        known, way = self.host(host), self.host(host).way(packet)
        onward = None if way is None else self._sight(way.packet)
        return walk.Walk(
            self.snapshot, self.peers, self.policies, known, addresses, packet, self._sight(packet), way, onward
        )

    def _sight(self, packet: Packet) -> rules.Sight:
        return rules.Sight(
            packet,
            packet.source.version,
            rules.Side(int(packet.source), packet.source_port, self.peers.at(packet.source)),
            rules.Side(int(packet.destination), packet.destination_port, self.peers.at(packet.destination)),
        )

    def _owner(self, address: fields.Address) -> tuple[str | None, str | None]:
        """The host at which an address is, and the interface of the container that has it; None for outside."""
        return self._owners.get(address, (None, None))

    @functools.cached_property
    def _owners(self) -> Mapping[fields.Address, tuple[str, str | None]]:
        found: dict[fields.Address, tuple[str, str | None]] = {}
        for key in sorted(self.peers.workloads):
            endpoint = self.snapshot.endpoints[key]
            for net in endpoint.spec.ip_networks:
                found.setdefault(net.network_address, (self.peers.places[key], endpoint.spec.interface_name))
        for name, node in self.snapshot.nodes.items():
            found.update({own: (name, None) for own in (node.address(4), node.address(6)) if own and own not in found})
        return found


def at_endpoint(snapshot: Snapshot, key: str, direction: str, packet: Packet) -> Verdict:
    """As Oracle.at_endpoint, for a single question."""
    return Oracle(snapshot).at_endpoint(key, direction, packet)


def at_host(
    snapshot: Snapshot,
    host: str,
    packet: Packet,
    *,
    incoming: str | None,
    outgoing: str | None,
    addresses: hosts.Addresses | None = None,
) -> Verdict:
    """As Oracle.at_host, for a single question."""
    return Oracle(snapshot).at_host(host, packet, incoming=incoming, outgoing=outgoing, addresses=addresses)


def between(snapshot: Snapshot, packet: Packet, *, uplink: str = UPLINK) -> Verdict:
    """As Oracle.between, for a single question."""
    return Oracle(snapshot).between(packet, uplink=uplink)
