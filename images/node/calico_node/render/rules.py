"""One rule of a policy in the kernel's terms: a match becomes one rule, or one a family and way to match.

Does not know what is done with what matches (rulesets.py).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Container, Iterable, Iterator, Mapping

from calico_node.calc.matches import Match, Ports, PortsByName, Selection, Side
from calico_node.calc.members import Nets

from . import names, nets, nft

_IP = {4: "ip", 6: "ip6"}
_ICMP = {4: "icmp", 6: "icmpv6"}
_ICMP_PROTOCOL = {4: 1, 6: 58}
_FAMILY = {4: nft.match(nft.meta("nfproto"), 2), 6: nft.match(nft.meta("nfproto"), 10)}
_TRANSPORT = {6: "tcp", 17: "udp", 132: "sctp"}
_SIDES = (("source", "saddr", "sport"), ("destination", "daddr", "dport"))


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """One of the ways to match a side: by addresses or networks, by numbers or a name of ports."""

    peers: Selection | Nets | None = None
    ports: Ports | PortsByName | None = None


def matches(match: Match, with_nets: Container[Nets] = ()) -> Iterator[tuple[nft.Expression, ...]]:
    """What the kernel has to ask, in each of the ways to match; ``with_nets`` are the selections of any network."""
    versions: Iterable[int | None] = match.families if _is_about_addresses(match) else _as_one(match.families)
    for family in versions:
        for ways in itertools.product(_ways(match.source, with_nets), _ways(match.destination, with_nets)):
            protocols = [*_protocols(match, family)]
            sides = [*_sides(match, family, dict(zip(("source", "destination"), ways, strict=True)), with_nets)]
            # After the protocol: nftables lists no family before one that usually has it.
            families = () if family is None or _implies_family([*protocols, *sides]) else (_FAMILY[family],)
            yield (*protocols, *families, *sides)


def _as_one(families: tuple[int, ...]) -> tuple[int | None, ...]:
    return (None,) if len(families) == len(_IP) else families


def _is_about_addresses(match: Match) -> bool:
    """Whether the rule reads differently in IPv4 and IPv6."""
    sides = (match.source, match.destination)
    lists = (ports for side in sides for ports in (side.ports, side.not_ports) if ports is not None)
    return bool(
        match.icmp
        or match.not_icmp
        or any(ports.names for ports in lists)
        or any(side.selected or side.not_selected or side.nets or side.not_nets for side in sides)
    )


def _ways(side: Side, with_nets: Container[Nets]) -> Iterator[Way]:
    """A port's name stands for ports of those who are selected already."""
    peers: list[Selection | Nets | None] = [side.selected]
    if side.selected is not None and Nets(side.selected) in with_nets:
        peers.append(Nets(side.selected))
    if side.ports is None or side.ports.ranges:
        for one in peers:
            yield Way(one, None if side.ports is None else Ports(side.ports.ranges))
    if side.ports is not None:
        for named in side.ports.names:
            yield Way(None, named)


def _protocols(match: Match, family: int | None) -> Iterator[nft.Expression]:
    if match.protocol is not None and not _implies_protocol(match):
        yield nft.match(nft.meta("l4proto"), match.protocol)
    if match.not_protocol is not None:
        yield nft.match(nft.meta("l4proto"), match.not_protocol, "!=")
    if family is not None and match.icmp is not None:
        yield from _icmp(family, *match.icmp)
    if family is not None and match.not_icmp is not None:
        yield _not_icmp(family, *match.not_icmp)


def _implies_protocol(match: Match) -> bool:
    """Whether a later match reads the protocol's header: nftables lists it without the protocol then."""
    sides = (match.source, match.destination)
    return bool(match.icmp or match.not_icmp or any(side.ports or side.not_ports for side in sides))


def _icmp(family: int, kind: int, code: int | None) -> Iterator[nft.Expression]:
    yield nft.match(nft.payload(_ICMP[family], "type"), kind)
    if code is not None:
        yield nft.match(nft.payload(_ICMP[family], "code"), code)


def _not_icmp(family: int, kind: int, code: int | None) -> nft.Expression:
    """Not this type and code, among the family's ICMP packets."""
    field = nft.payload(_ICMP[family], "type")
    if code is None:
        return nft.match(field, kind, "!=")
    both = nft.concatenation(field, nft.payload(_ICMP[family], "code"))
    return nft.match(both, {"set": [nft.concatenation(kind, code)]}, "!=")


def _sides(
    match: Match, family: int | None, chosen: Mapping[str, Way], with_nets: Container[Nets]
) -> Iterator[nft.Expression]:
    for name, address, port in _SIDES:
        side: Side = getattr(match, name)
        if family is not None:
            field = nft.payload(_IP[family], address)
            yield from _peers(side, chosen[name], (field, family), with_nets)
            yield from _networks(side, field)
        yield from _ports(match, side, chosen[name], (family, address, port))


def _peers(
    side: Side, way: Way, where: tuple[nft.Expression, int], with_nets: Container[Nets]
) -> Iterator[nft.Expression]:
    if way.peers is not None:
        yield _in(where, way.peers, "==")
    if side.not_selected is not None:
        yield _in(where, side.not_selected, "!=")
        if (networks := Nets(side.not_selected)) in with_nets:
            yield _in(where, networks, "!=")


def _in(where: tuple[nft.Expression, int], peers: Selection | Nets, operator: str) -> nft.Expression:
    """Look an address up; among networks together with its family (member_sets.py says why)."""
    field, family = where
    if isinstance(peers, Nets):
        return nft.match(nft.concatenation(field, nft.meta("nfproto")), f"@{names.nets(peers, family)}", operator)
    return nft.match(field, f"@{names.addresses(peers, family)}", operator)


def _networks(side: Side, field: nft.Expression) -> Iterator[nft.Expression]:
    if side.nets and not nets.holds_all(side.nets):
        yield nft.match(field, nft.one_of(nets.intervals(side.nets)))
    if side.not_nets:
        yield nft.match(field, nft.one_of(nets.intervals(side.not_nets)), "!=")


def _ports(match: Match, side: Side, way: Way, where: tuple[int | None, str, str]) -> Iterator[nft.Expression]:
    family, address, port = where
    field = nft.payload(_TRANSPORT.get(match.protocol or 0, "th"), port)
    excluded = side.not_ports or Ports()
    if isinstance(way.ports, Ports):
        yield nft.match(field, nft.one_of(tuple(map(_port_range, way.ports.ranges))))
    if excluded.ranges:
        yield nft.match(field, nft.one_of(tuple(map(_port_range, excluded.ranges))), "!=")
    if family is not None:  # ports by name are those of addresses
        triple = nft.concatenation(nft.payload(_IP[family], address), nft.meta("l4proto"), field)
        if isinstance(way.ports, PortsByName):
            yield nft.match(triple, f"@{names.ports(way.ports, family)}")
        for named in excluded.names:
            yield nft.match(triple, f"@{names.ports(named, family)}", "!=")


def _port_range(bounds: tuple[int, int]) -> object:
    return bounds[0] if bounds[0] == bounds[1] else {"range": list(bounds)}


def _implies_family(matched: Iterable[nft.Expression]) -> bool:
    """Whether some match reads an IP or ICMP header: nftables lists it without the family then."""
    return any(_protocol_of(part) in {*_IP.values(), *_ICMP.values()} for part in _parts(matched))


def _parts(matched: Iterable[nft.Expression]) -> Iterator[nft.Expression]:
    for expression in matched:
        left = expression["match"]["left"]
        yield from left.get("concat", [left])


def _protocol_of(part: nft.Expression) -> object:
    return part.get("payload", {}).get("protocol")
