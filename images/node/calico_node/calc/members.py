"""Which addresses, networks and ports a rule means by a selector or a port's name: asked once a group of peers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from .groups import Group
from .matches import PortsByName, Selection
from .peers import Network, Peer
from .rulesets import DIRECTIONS, RuleSet

NumberedPort = tuple[str, int, int]  # address, protocol, port
Addresses = Mapping[int, Set[str]]
NumberedPorts = Mapping[int, Set[NumberedPort]]


@dataclasses.dataclass(frozen=True, slots=True)
class Nets:
    """The networks of the network sets that a selection matches."""

    selection: Selection


# What rules refer to, and peers stand for.
Named = Selection | PortsByName | Nets


@dataclasses.dataclass(frozen=True, slots=True)
class Members:
    """What the selections and port names of all rules in use stand for, by IP version.

    Networks are there only of selections that have any, without overlaps; one of a single address is that address.
    """

    addresses: Mapping[Selection, Addresses]
    ports: Mapping[PortsByName, NumberedPorts]
    nets: Mapping[Nets, Addresses]

    def __iter__(self) -> Iterator[tuple[Named, Mapping[int, Set[Any]]]]:
        yield from self.addresses.items()
        yield from self.ports.items()
        yield from self.nets.items()

    def __contains__(self, named: Named) -> bool:
        return named in self.addresses or named in self.ports or named in self.nets


def members(rulesets: Iterable[RuleSet], groups: tuple[Group, ...]) -> Members:
    """The members of everything that some rule refers to."""
    every = {named for ruleset in rulesets for named in references(ruleset)}
    nets = {named: _members(named, groups) for named in every if isinstance(named, Nets)}
    return Members(
        addresses={named: _members(named, groups) for named in every if isinstance(named, Selection)},
        ports={named: _members(named, groups) for named in every if isinstance(named, PortsByName)},
        nets={
            named: {version: collapsed(found[version]) for version in found}
            for named, found in nets.items()
            if any(found.values())
        },
    )


def references(ruleset: RuleSet) -> Iterator[Named]:
    """What rules refer to; something more than once if several do."""
    for match in (match for direction in DIRECTIONS for match in ruleset.of(direction)):
        for side in (match.source, match.destination):
            for selection in (side.selected, side.not_selected):
                if selection is not None:
                    yield selection
                    yield Nets(selection)
            for ports in (side.ports, side.not_ports):
                yield from ports.names if ports is not None else ()


def selection_of(named: Named) -> Selection:
    """The peers that can be members."""
    return named if isinstance(named, Selection) else named.selection


def _members(named: Named, groups: Iterable[Group]) -> Mapping[int, Set[Any]]:
    tree = selection_of(named).tree
    peers = [peer for group in groups if tree.matches(group.labels) for peer in group.peers]
    return {
        version: frozenset(member for peer in peers for member in of_peer(named, peer, version)) for version in (4, 6)
    }


def of_peer(named: Named, peer: Peer, version: int) -> Iterable[str | NumberedPort | Network]:
    """What one peer that is selected adds to the members."""
    if isinstance(named, Selection):
        return peer.addresses[version]
    if isinstance(named, Nets):
        return peer.nets[version]
    return [
        (address, port.protocol, port.port)
        for port in peer.ports
        if port.name == named.name and port.protocol in named.protocols
        for address in peer.addresses[version]
    ]


def collapsed(nets: Iterable[Network]) -> frozenset[str]:
    """The fewest networks that cover these, which are of one family, as text.

    With numbers, as thousands take the library's own way a multiple of the time.
    """
    found = tuple(nets)
    if not found:
        return frozenset()
    kind, bits = type(found[0].network_address), found[0].max_prefixlen
    return frozenset(
        str(kind(first)) if length == bits else f"{kind(first)}/{length}"
        for span in _spans(found, bits)
        for first, length in _blocks(*span, bits)
    )


def _spans(nets: Iterable[Network], bits: int) -> list[tuple[int, int]]:
    """First and last address of each stretch without a gap."""
    spans: list[tuple[int, int]] = []
    for first, length in sorted((int(net.network_address), net.prefixlen) for net in nets):
        last = first + (1 << bits - length) - 1
        if spans and first <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return spans


def _blocks(first: int, last: int, bits: int) -> Iterator[tuple[int, int]]:
    """The fewest networks from one address to another: first address and length of each."""
    while first <= last:
        aligned = (first & -first).bit_length() - 1 if first else bits
        fitting = (last - first + 1).bit_length() - 1
        yield first, bits - min(aligned, fitting)
        first += 1 << min(aligned, fitting)
