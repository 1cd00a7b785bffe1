"""One rule of a policy in the kernel's terms: a match becomes one rule, or one a family and port list.

Allow and Pass set a mark and return to the guard's chain, Deny drops, Log goes on.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from calico_node.calc.matches import Match, Ports, PortsByName, Side

from . import marks, names, nets, nft

LOG = "log"  # the chain that writes a packet to the kernel's log

_IP = {4: "ip", 6: "ip6"}
_ICMP = {4: "icmp", 6: "icmpv6"}
_ICMP_PROTOCOL = {4: 1, 6: 58}
_FAMILY = {4: nft.match(nft.meta("nfproto"), 2), 6: nft.match(nft.meta("nfproto"), 10)}
_TRANSPORT = {6: "tcp", 17: "udp", 132: "sctp"}
_ACTIONS = {
    "Allow": (nft.COUNTER, marks.put(marks.ACCEPTED), nft.RETURN),
    "Pass": (nft.COUNTER, marks.put(marks.PASSED), nft.RETURN),
    "Deny": (nft.COUNTER, nft.DROP),
    "Log": (nft.jump(LOG),),
}
_SIDES = (("source", "saddr", "sport"), ("destination", "daddr", "dport"))


def rules(match: Match) -> Iterator[nft.Rule]:
    """The kernel's rules of one rule."""
    versions: Iterable[int | None] = match.families if _is_about_addresses(match) else _as_one(match.families)
    for family in versions:
        for source, destination in itertools.product(_alternatives(match.source), _alternatives(match.destination)):
            chosen = {"source": source, "destination": destination}
            protocols, sides = [*_protocols(match, family)], [*_sides(match, family, chosen)]
            # After the protocol: nftables lists no family before one that usually has it.
            families = () if family is None or _implies_family([*protocols, *sides]) else (_FAMILY[family],)
            matched = (*protocols, *families, *sides)
            yield nft.Rule((*matched, *_ACTIONS[match.action]))


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


Choice = Ports | PortsByName | None


def _alternatives(side: Side) -> tuple[Choice, ...]:
    """Port numbers and each port name are one way each to match a side."""
    if side.ports is None:
        return (None,)
    numbers = (Ports(side.ports.ranges),) if side.ports.ranges else ()
    return (*numbers, *side.ports.names)


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


def _sides(match: Match, family: int | None, chosen: dict[str, Choice]) -> Iterator[nft.Expression]:
    for name, address, port in _SIDES:
        side: Side = getattr(match, name)
        if family is not None:
            yield from _addresses(side, family, nft.payload(_IP[family], address))
        yield from _ports(match, side, chosen[name], (family, address, port))


def _addresses(side: Side, family: int, field: nft.Expression) -> Iterator[nft.Expression]:
    if side.selected is not None:
        yield nft.match(field, f"@{names.addresses(side.selected, family)}")
    if side.not_selected is not None:
        yield nft.match(field, f"@{names.addresses(side.not_selected, family)}", "!=")
    if side.nets and not nets.holds_all(side.nets):
        yield nft.match(field, nft.one_of(nets.intervals(side.nets)))
    if side.not_nets:
        yield nft.match(field, nft.one_of(nets.intervals(side.not_nets)), "!=")


def _ports(match: Match, side: Side, choice: Choice, where: tuple[int | None, str, str]) -> Iterator[nft.Expression]:
    family, address, port = where
    field = nft.payload(_TRANSPORT.get(match.protocol or 0, "th"), port)
    excluded = side.not_ports or Ports()
    if isinstance(choice, Ports):
        yield nft.match(field, nft.one_of(tuple(map(_port_range, choice.ranges))))
    if excluded.ranges:
        yield nft.match(field, nft.one_of(tuple(map(_port_range, excluded.ranges))), "!=")
    if family is not None:  # ports by name are those of addresses
        triple = nft.concatenation(nft.payload(_IP[family], address), nft.meta("l4proto"), field)
        if isinstance(choice, PortsByName):
            yield nft.match(triple, f"@{names.ports(choice, family)}")
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
