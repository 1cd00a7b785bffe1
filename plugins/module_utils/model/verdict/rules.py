"""Whether a rule matches a packet: all of its fields must, and of a list one entry.

A rule that cannot be expressed in the packet's IP family does not match there: it never becomes wider.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from ansible_collections.calico.docker.plugins.module_utils.model import fields, selectors
from ansible_collections.calico.docker.plugins.module_utils.model import peers as model_peers
from ansible_collections.calico.docker.plugins.module_utils.model import ports as model_ports
from ansible_collections.calico.docker.plugins.module_utils.model import rules as model_rules

from .packets import Packet
from .peers import SERVICE_ACCOUNT, Chooser, NamedPort, Peer, of_namespace, of_namespaces, of_service_accounts

FAMILIES = (4, 6)
ICMP = {4: 1, 6: 58}


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """The source or destination of a packet; ``peers`` are those behind the address."""

    address: int
    port: int | None
    peers: tuple[Peer, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Sight:
    """A packet as rules see it."""

    packet: Packet
    family: int
    source: Side
    destination: Side


class Rule:
    """A rule of a policy or profile; ``namespace`` is the policy's, None for global ones."""

    def __init__(self, rule: model_rules.Rule, namespace: str | None) -> None:
        self.action = rule.action
        self._families = _families(rule)
        self._protocol = _number(rule.protocol)
        self._not_protocol = _number(rule.not_protocol)
        self._icmp = _icmp(rule.icmp)
        self._not_icmp = _icmp(rule.not_icmp)
        self.source = End(rule.source, namespace)
        self.destination = End(rule.destination, namespace)

    def matches(self, sight: Sight) -> bool:
        return (
            sight.family in self._families
            and self._protocol in (None, sight.packet.protocol)
            and self._not_protocol != sight.packet.protocol
            and self._matches_icmp(sight)
            and self.source.matches(sight.source, sight)
            and self.destination.matches(sight.destination, sight)
        )

    def _matches_icmp(self, sight: Sight) -> bool:
        """Types and codes are those of the family's ICMP; what is not that, matches neither them nor their negation."""
        if self._icmp is None and self._not_icmp is None:
            return True
        packet = sight.packet
        if packet.protocol != ICMP[sight.family]:
            return False
        if self._icmp is not None and not _same_icmp(self._icmp, packet):
            return False
        return self._not_icmp is None or not _same_icmp(self._not_icmp, packet)


class End:
    """What a rule says of one side."""

    def __init__(self, peer: model_peers.Peer, namespace: str | None) -> None:
        self._nets = _ranges(peer.nets)
        self._not_nets = _ranges(peer.not_nets)
        positive = list(_positive(peer, namespace))
        excluded = [selectors.parse(peer.not_selector)] if peer.not_selector else []
        # Beside a positive selector, a negative one narrows it; alone it also lets unknown addresses match.
        self._chosen = Chooser(*positive, *map(selectors.Not, excluded)) if positive else None
        self._excluded = Chooser(*excluded) if excluded and not positive else None
        self._ports = _Ports(peer.ports) if peer.ports else None
        self._not_ports = _Ports(peer.not_ports) if peer.not_ports else None

    def matches(self, side: Side, sight: Sight) -> bool:
        return (
            self.admits(side, sight.family)
            and (self._ports is None or self._ports.contain(side, sight, self._chosen))
            and (self._not_ports is None or not self._not_ports.contain(side, sight, self._chosen))
        )

    def admits(self, side: Side, family: int) -> bool:
        """Whether the address is meant, whatever the port."""
        return (
            self._matches_nets(side, family)
            and (self._chosen is None or any(map(self._chosen.chooses, side.peers)))
            and (self._excluded is None or not any(map(self._excluded.chooses, side.peers)))
        )

    def named(self, side: Side) -> frozenset[NamedPort]:
        """The ports of those behind the address that the rule means by their names."""
        lists = [ports for ports in (self._ports, self._not_ports) if ports is not None]
        return frozenset(port for ports in lists for port in ports.named(side, self._chosen))

    def _matches_nets(self, side: Side, family: int) -> bool:
        return (not self._nets or _within(side.address, self._nets[family])) and (
            not self._not_nets or not _within(side.address, self._not_nets[family])
        )


class _Ports:
    """A list of ports: numbers, and names that endpoints give theirs."""

    def __init__(self, ports: Iterable[model_ports.Port]) -> None:
        self._numbers = [(port.low, port.high) for port in ports if not isinstance(port, str)]
        self._names = frozenset(port for port in ports if isinstance(port, str))

    def contain(self, side: Side, sight: Sight, chosen: Chooser | None) -> bool:
        """Names count for the endpoints that the side's selector chooses, or for all, each with its own protocol."""
        if side.port is None:
            return False
        if any(low <= side.port <= high for low, high in self._numbers):
            return True
        return any(
            protocol == sight.packet.protocol and number == side.port
            for _name, protocol, number in self.named(side, chosen)
        )

    def named(self, side: Side, chosen: Chooser | None) -> Iterator[NamedPort]:
        """The ports of these names that the chosen endpoints have."""
        if self._names:
            for peer in side.peers:
                if peer.ports and (chosen is None or chosen.chooses(peer)):
                    yield from (port for port in peer.ports if port[0] in self._names)


def _families(rule: model_rules.Rule) -> frozenset[int]:
    """The families in which the rule can be expressed. Only names of protocols imply one, not numbers."""
    found = set(FAMILIES)
    if rule.ip_version:
        found &= {rule.ip_version}
    if rule.protocol in ("ICMP", "ICMPv6"):
        found &= {4 if rule.protocol == "ICMP" else 6}
    for peer in (rule.source, rule.destination):
        if peer.services is not None:
            return frozenset()  # there are none without Kubernetes
        for nets in (peer.nets, peer.not_nets):
            if nets:
                found &= {net.version for net in nets}
    return frozenset(found)


def _positive(peer: model_peers.Peer, namespace: str | None) -> Iterable[selectors.Selector]:
    """What a peer must be; nothing if any address will do. A NetworkPolicy looks in its own namespace."""
    accounts = peer.service_accounts
    if peer.selector:
        yield selectors.parse(peer.selector)
    if accounts and accounts.names:
        yield selectors.In(SERVICE_ACCOUNT, frozenset(accounts.names), negated=False)
    if accounts and accounts.selector:
        yield of_service_accounts(accounts.selector)
    if peer.namespace_selector:
        yield of_namespaces(peer.namespace_selector)
    elif namespace is not None and (
        peer.selector or peer.not_selector or (accounts and (accounts.names or accounts.selector))
    ):
        yield of_namespace(namespace)


def _ranges(nets: Sequence[fields.Network]) -> dict[int, list[tuple[int, int]]]:
    """First and last address of each net, by family; empty if there are no nets at all."""
    if not nets:
        return {}
    return {
        family: [(int(net.network_address), int(net.broadcast_address)) for net in nets if net.version == family]
        for family in FAMILIES
    }


def _within(address: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(low <= address <= high for low, high in ranges)


def _number(protocol: model_ports.Protocol | None) -> int | None:
    return None if protocol is None else model_ports.protocol_number(protocol)


def _icmp(stated: model_rules.ICMP | None) -> model_rules.ICMP | None:
    """What is stated of ICMP; without a type that is nothing."""
    return None if stated is None or stated.type is None else stated


def _same_icmp(stated: model_rules.ICMP, packet: Packet) -> bool:
    return stated.type == packet.icmp_type and stated.code in (None, packet.icmp_code)
