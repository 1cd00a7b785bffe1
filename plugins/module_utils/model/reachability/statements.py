"""Who must reach whom, and who must not: statements about a snapshot, and the packets that belie them.

Every packet counts that a statement means, but of endpoints that no rule tells apart only one is asked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Iterator

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ports, schema, selectors
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid, Problem
from ansible_collections.calico.docker.plugins.module_utils.model.verdict import Oracle, Packet, Verdict

from . import families, regions

ALLOW, DENY = "Allow", "Deny"
MOST_PACKETS = 100_000  # some seconds
SOURCE_PORT = 49152  # a client's; few rules ask for it
_ECHO = {4: (1, 8), 6: (58, 128)}  # protocol and type of what ping sends


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side: the endpoints that a selector matches, or an address, of whomever."""

    selector: str | None = schema.member("selector", fields.SELECTOR)
    address: fields.Address | None = schema.member("address", fields.ADDRESS)

    def problems(self) -> Iterable[Problem]:
        if (self.selector is None) == (self.address is None):
            yield Problem("", schema.encode(self), "must be a selector or an address, one of them")

    def __str__(self) -> str:
        return self.selector if self.selector is not None else str(self.address)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """``ports`` are those of the destination, none for a ping; ``source_port`` is a client's."""

    name: str | None = schema.member("name", fields.text())
    source: Party = schema.member("source", schema.struct(Party), required=True)
    destination: Party = schema.member("destination", schema.struct(Party), required=True)
    protocol: str = schema.member("protocol", fields.choice("TCP", "UDP", "SCTP", "ICMP"), "TCP")
    ports: tuple[int, ...] = schema.member("ports", fields.sequence(fields.integer(1, 65535)), ())
    source_port: int = schema.member("sourcePort", fields.integer(1, 65535), SOURCE_PORT)
    ip_version: int | None = schema.member("ipVersion", fields.integer(4, 6))
    expect: str = schema.member("expect", fields.choice(ALLOW, DENY), ALLOW)
    may_be_nobody: bool = schema.member("mayBeNobody", fields.BOOLEAN, False)

    def problems(self) -> Iterable[Problem]:
        if (self.protocol == "ICMP") == bool(self.ports):
            yield Problem(
                "ports", list(self.ports), f"must be {'absent' if self.ports else 'given'} with {self.protocol}"
            )
        if self.ip_version == 5:
            yield Problem("ipVersion", 5, "must be 4 or 6")

    def __str__(self) -> str:
        numbers = "/" + ",".join(map(str, self.ports)) if self.ports else ""
        verb = "reaches" if self.expect == ALLOW else "does not reach"
        return self.name or f"{self.source} {verb} {self.destination} by {self.protocol}{numbers}"


@dataclasses.dataclass(frozen=True, slots=True)
class Counterexample:
    """A packet that belies a statement; ``source`` and ``destination`` are endpoints by name, or addresses."""

    source: str
    destination: str
    packet: Packet
    verdict: Verdict

    def __str__(self) -> str:
        port = f"/{self.packet.destination_port}" if self.packet.destination_port else ""
        protocol = next(name for name, number in ports.PROTOCOL_NUMBERS.items() if number == self.packet.protocol)
        way = f"{self.source} ({self.packet.source}) -> {self.destination} ({self.packet.destination})"
        return f"{way} {protocol}{port}: {self.verdict}"


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """How many packets a statement was tried with, and those that belie it."""

    statement: Statement
    packets: int
    counterexamples: tuple[Counterexample, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class _Member:
    name: str
    address: fields.Address


class Examiner:
    """Tries statements on one snapshot."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        rules = list(families.rules_of(oracle.snapshot))
        nets = {
            net for rule in rules for peer in (rule.source, rule.destination) for net in (*peer.nets, *peer.not_nets)
        }
        self._regions = {family: regions.Networks(family, nets) for family in (4, 6)}

    def examine(self, statement: Statement, *, uplink: str) -> Finding:
        """Raises Invalid if nobody is meant, or too many are."""
        packets = list(self._packets(statement))
        if not packets and not statement.may_be_nobody:
            raise Invalid([self._nobody(statement)])
        if len(packets) > MOST_PACKETS:
            raise Invalid.of(
                len(packets), f"{statement}: are too many packets: at most {MOST_PACKETS}, say less at once"
            )
        wrong = []
        for source, destination, packet in packets:
            verdict = self._oracle.between(packet, uplink=uplink)
            if verdict.allowed != (statement.expect == ALLOW):
                wrong.append(Counterexample(source, destination, packet, verdict))
        return Finding(statement, len(packets), tuple(wrong))

    def _packets(self, statement: Statement) -> Iterator[tuple[str, str, Packet]]:
        for family in (4, 6):
            if statement.ip_version not in (None, family):
                continue
            targets = self._classes(statement.destination, family)
            for source in self._classes(statement.source, family):
                for destination in targets:
                    if pair := _pair(source, destination):
                        for packet in _packets(statement, family, *(member.address for member in pair)):
                            yield pair[0].name, pair[1].name, packet

    def _classes(self, party: Party, family: int) -> list[list[_Member]]:
        """The members of a party that no rule tells apart, together."""
        found: dict[Hashable, list[_Member]] = {}
        for member, host, profiles in self._members(party):
            if member.address.version == family:
                seen = tuple(
                    sorted((peer.kind, tuple(sorted(peer.ports))) for peer in self._oracle.peers.at(member.address))
                )
                inside = self._regions[family].innermost(member.address)
                found.setdefault((host, profiles, seen, inside), []).append(member)
        return list(found.values())

    def _members(self, party: Party) -> Iterator[tuple[_Member, str, tuple[str, ...]]]:
        if party.address is not None:
            yield _Member(self._name_of(party.address), party.address), "", ()
            return
        tree = selectors.parse(party.selector or "")
        for key, peer in self._oracle.peers.workloads.items():
            if tree.matches(peer.labels):
                spec = self._oracle.snapshot.endpoints[key].spec
                for network in spec.ip_networks:
                    yield _Member(key, network.network_address), self._oracle.peers.places[key], spec.profiles

    def _name_of(self, address: fields.Address) -> str:
        endpoints = self._oracle.snapshot.endpoints
        having = (key for key in self._oracle.peers.workloads if _has(endpoints[key].spec.ip_networks, address))
        return next(having, str(address))

    def _nobody(self, statement: Statement) -> Problem:
        for side in ("source", "destination"):
            party = getattr(statement, side)
            if not any(self._members(party)):
                return Problem(side, str(party), f"{statement}: selects no endpoint, so nothing is tried")
        return Problem("destination", str(statement.destination), f"{statement}: there is no pair of one IP version")


def _has(networks: Iterable[fields.Network], address: fields.Address) -> bool:
    return any(network.network_address == address for network in networks)


def _pair(source: list[_Member], destination: list[_Member]) -> tuple[_Member, _Member] | None:
    """Two different ones, if there are."""
    return next(((one, other) for one in source[:2] for other in destination[:2] if one.name != other.name), None)


def _packets(
    statement: Statement, family: int, source: fields.Address, destination: fields.Address
) -> Iterator[Packet]:
    if not statement.ports:
        protocol, kind = _ECHO[family]
        yield Packet(protocol, source, destination, icmp_type=kind, icmp_code=0)
    number = ports.PROTOCOL_NUMBERS[statement.protocol]
    for port in statement.ports:
        yield Packet(number, source, destination, statement.source_port, port)
