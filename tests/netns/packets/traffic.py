"""Random packets over the addresses and ports of the stores: whoever may be there sends to whoever may be there."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Hashable, Iterator

from tests.states import records, stores

from . import cell, frames
from .frames import Address, Packet, address

_OUTSIDE = {
    4: ("203.0.113.7", "203.0.113.200", "192.0.2.9", "198.51.100.9"),
    6: ("2001:db8:9::7", "2001:db8:3:1::7", "2001:db8::9", "2001:db8:1::9"),
}
# What conntrack calls new, or of IPv6's own housekeeping leaves untracked; it drops the others as invalid.
_ICMP_TYPES = {4: (8, 8, 8, 13, 15, 17), 6: (128, 128, 128, 128, 139, 130, 133, 134, 135, 136, 143)}
_PROTOCOLS = (frames.TCP,) * 6 + (frames.UDP,) * 4 + (None,) * 4 + (frames.SCTP,) * 2
_RARE_PROTOCOLS = (frames.UDPLITE, frames.GRE, frames.ESP)
_PORTS = (*stores.PORTS, 82, 1001, 65535)
# The stranger, and the host itself, are seldom asked.
_RECEIVERS = (*cell.KNOWN, *cell.KNOWN, *cell.KNOWN, cell.STRANGER)
_SENDERS = (*_RECEIVERS, *cell.UPLINKS * 4, None)


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """A packet, where it enters the host and where its destination lies; None is the host itself.

    ``onward`` is how it leaves the host, if that rewrites it.
    """

    packet: Packet
    incoming: str | None
    outgoing: str | None
    onward: Packet | None = None

    def __str__(self) -> str:
        one = self.packet
        ports = f" port {one.source_port} -> {one.destination_port}" if one.source_port is not None else ""
        icmp = f" type {one.icmp_type} code {one.icmp_code}" if one.icmp_type is not None else ""
        way = f"{self.incoming or 'the host'} -> {self.outgoing or 'the host'}"
        return f"protocol {one.protocol} {one.source} -> {one.destination}{ports}{icmp} ({way})"


_ELSEWHERE = {
    version: tuple(address(records.default_addresses(number)[version == 6]) for number in stores.ELSEWHERE)
    for version in (4, 6)
}
_OWN = {version: tuple(address(found[version == 6]) for found in cell.HOST.values()) for version in (4, 6)}
_BEYOND = {version: (*map(address, _OUTSIDE[version]), *_ELSEWHERE[version]) for version in (4, 6)}


def packets(seed: int, count: int) -> Iterator[Sent]:
    """Different packets, none of which conntrack could take for the answer to another one."""
    chance = random.Random(seed)  # noqa: S311 - reproducible
    seen: set[Hashable] = set()
    while count:
        sent = _packet(chance)
        connection = connection_of(sent.packet)
        if connection not in seen:
            seen.add(connection)
            count -= 1
            yield sent


def _packet(chance: random.Random) -> Sent:
    version = chance.choice((4, 6))
    incoming = chance.choice(_SENDERS)
    source = _source(chance, version, incoming)
    destination = _destination(chance, version, incoming)
    return Sent(_first(chance, source, destination), incoming, cell.outgoing(destination))


def _source(chance: random.Random, version: int, incoming: str | None) -> Address:
    if incoming is None:
        return chance.choice(_OWN[version])
    lies = chance.random() < 0.1
    workloads = tuple(cell.ADDRESS[version].values())
    if incoming in cell.UPLINKS:
        return chance.choice(workloads if lies else _BEYOND[version])
    return chance.choice((*workloads, *_BEYOND[version])) if lies else cell.ADDRESS[version][incoming]


def _destination(chance: random.Random, version: int, incoming: str | None) -> Address:
    """Most go to workloads, as these are what has policies."""
    draw = chance.random()
    if draw < 0.6:
        return cell.ADDRESS[version][chance.choice(_RECEIVERS)]
    if draw < 0.8 or incoming is None:
        return chance.choice(_BEYOND[version])
    return chance.choice(_OWN[version])


def _first(chance: random.Random, source: Address, destination: Address) -> Packet:
    protocol = chance.choice(_PROTOCOLS) if chance.random() < 0.9 else chance.choice(_RARE_PROTOCOLS)
    if protocol is None:
        kind = chance.choice(_ICMP_TYPES[source.version])
        code = chance.choice((0, 1)) if kind in (8, 128) else 0
        icmp = frames.ICMP if source.version == 4 else frames.ICMPV6
        return Packet(icmp, source, destination, icmp_type=kind, icmp_code=code)
    if protocol in (frames.GRE, frames.ESP):
        return Packet(protocol, source, destination)
    ports = chance.choice((*_PORTS, chance.randint(1, 65535))), chance.choice(_PORTS)
    return Packet(protocol, source, destination, *ports)


def connection_of(packet: Packet) -> Hashable:
    """What tells the packet's connection from others."""
    ends = frozenset({(packet.source, packet.source_port), (packet.destination, packet.destination_port)})
    # Each ICMP packet has an identifier of its own.
    return object() if packet.icmp_type is not None else (packet.protocol, ends)
