"""What a rule matches, once the Calico v3 API's conventions are worked out: plain facts for the renderer.

Selectors are not resolved here; members.py says which addresses they mean. A rule that no packet of a family can meet
is left out for that family, so it never becomes wider there.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable

from ansible_collections.calico.docker.plugins.module_utils.model import rules, selectors

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_ICMP = {4: 1, 6: 58}
_WITH_PORTS = (6, 17, 132)


@dataclasses.dataclass(frozen=True, slots=True)
class Selection:
    """The endpoints that a selector matches; known by its canonical text."""

    text: str
    tree: selectors.Selector = dataclasses.field(compare=False, repr=False)

    @classmethod
    def of(cls, tree: selectors.Selector) -> Selection:
        """The selection of a parsed selector."""
        return cls(str(tree), tree)


EVERYONE = Selection.of(selectors.All())


@dataclasses.dataclass(frozen=True, slots=True)
class PortsByName:
    """The ports of that name of the selected endpoints."""

    name: str
    protocols: tuple[int, ...]
    selection: Selection


@dataclasses.dataclass(frozen=True, slots=True)
class Ports:
    """Port numbers or ports by name; one that fits is enough."""

    ranges: tuple[tuple[int, int], ...] = ()
    names: tuple[PortsByName, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """Source or destination of a packet: all that is given must hold."""

    selected: Selection | None = None
    not_selected: Selection | None = None
    nets: tuple[Network, ...] = ()
    not_nets: tuple[Network, ...] = ()
    ports: Ports | None = None
    not_ports: Ports | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Match:
    """One rule: ``families`` are the IP versions in which it exists; protocols are IANA numbers."""

    action: str
    families: tuple[int, ...] = (4, 6)
    protocol: int | None = None
    not_protocol: int | None = None
    icmp: tuple[int, int | None] | None = None
    not_icmp: tuple[int, int | None] | None = None
    source: Side = Side()
    destination: Side = Side()


DENY = Match("Deny")


def read(rule: rules.Rule, namespace: str | None = None) -> Match:
    """The match of one rule; ``namespace`` is that of its policy, if it has one."""
    protocol = _by_number(rule)
    # ICMP packets have no ports to be excluded by.
    protocols = () if _is_about_icmp(rule) else _WITH_PORTS if protocol is None else (protocol,)
    sides = [_side(peer, _peers(peer, namespace), protocols) for peer in (rule.source, rule.destination)]
    return Match(
        action=rule.action,
        families=tuple(family for family in (4, 6) if _exists(rule, family)),
        protocol=protocol,
        not_protocol=None if rule.not_protocol is None else rules.protocol_number(rule.not_protocol),
        icmp=_icmp(rule.icmp),
        not_icmp=_icmp(rule.not_icmp),
        source=sides[0],
        destination=sides[1],
    )


def _exists(rule: rules.Rule, family: int) -> bool:
    """Whether packets of a family can match."""
    if rule.family() not in (None, family):
        return False
    lists = (nets for peer in (rule.source, rule.destination) for nets in (peer.nets, peer.not_nets) if nets)
    if any(nets[0].version != family for nets in lists):
        return False
    return not _is_about_icmp(rule) or (_by_number(rule) in (None, _ICMP[family]) and not _has_ports(rule))


def _is_about_icmp(rule: rules.Rule) -> bool:
    return bool(_icmp(rule.icmp) or _icmp(rule.not_icmp))


def _has_ports(rule: rules.Rule) -> bool:
    return bool(rule.source.ports or rule.destination.ports)


def _by_number(rule: rules.Rule) -> int | None:
    return None if rule.protocol is None else rules.protocol_number(rule.protocol)


def _icmp(icmp: rules.ICMP | None) -> tuple[int, int | None] | None:
    return None if icmp is None or icmp.type is None else (icmp.type, icmp.code)


def _peers(peer: rules.Peer, namespace: str | None) -> tuple[Selection | None, Selection | None]:
    """Who must be on a side, and who must not.

    Where both are given, the excluded ones are taken out of those that may be: a network stays one network then, even
    if parts of it are also an excluded one's.
    """
    known, excluded = peer.known_peers(namespace), peer.excluded_peers()
    if known is None or excluded is None:
        return _selection(known), _selection(excluded)
    return Selection.of(selectors.conjunction(known, selectors.Not(excluded))), None


def _selection(tree: selectors.Selector | None) -> Selection | None:
    return None if tree is None else Selection.of(tree)


def _side(peer: rules.Peer, peers: tuple[Selection | None, Selection | None], protocols: tuple[int, ...]) -> Side:
    """One side; without protocols it is about packets that have no ports."""
    selected, not_selected = peers
    return Side(
        selected=selected,
        not_selected=not_selected,
        nets=peer.nets,
        not_nets=peer.not_nets,
        ports=_ports(peer.ports, protocols, selected or EVERYONE),
        not_ports=_ports(peer.not_ports, protocols, selected or EVERYONE),
    )


def _ports(ports: tuple[rules.Port, ...], protocols: tuple[int, ...], selection: Selection) -> Ports | None:
    if not ports or not protocols:
        return None
    return Ports(
        ranges=_merged(port for port in ports if isinstance(port, rules.PortRange)),
        names=tuple(PortsByName(port, protocols, selection) for port in ports if isinstance(port, str)),
    )


def _merged(ranges: Iterable[rules.PortRange]) -> tuple[tuple[int, int], ...]:
    """Sorted and without overlap or seam."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted((port.low, port.high) for port in ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)
