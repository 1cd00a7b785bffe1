"""Which addresses a selection of endpoints means, and which ports a port name: asked once a group of endpoints."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from .endpoints import Endpoint
from .groups import Group
from .matches import Match, PortsByName, Selection, Side
from .rulesets import DIRECTIONS, RuleSet

Addresses = Mapping[int, frozenset[str]]
NumberedPort = tuple[str, int, int]  # address, protocol, port
NumberedPorts = Mapping[int, frozenset[NumberedPort]]


@dataclasses.dataclass(frozen=True, slots=True)
class Members:
    """What the selections and port names of all rules in use stand for, by IP version."""

    addresses: Mapping[Selection, Addresses]
    ports: Mapping[PortsByName, NumberedPorts]


def members(rulesets: Iterable[RuleSet], groups: tuple[Group, ...]) -> Members:
    """The members of everything that some rule refers to."""
    sides = [side for ruleset in rulesets for match in _matches(ruleset) for side in (match.source, match.destination)]
    whole = {id(group): _addresses(group.endpoints) for group in groups}
    return Members(
        addresses={selection: _selected(selection, groups, whole) for side in sides for selection in _selections(side)},
        ports={ports: _numbered(ports, groups) for side in sides for ports in _names(side)},
    )


def _matches(ruleset: RuleSet) -> Iterable[Match]:
    return (match for direction in DIRECTIONS for match in ruleset.of(direction))


def _selections(side: Side) -> Iterable[Selection]:
    return (selection for selection in (side.selected, side.not_selected) if selection is not None)


def _names(side: Side) -> Iterable[PortsByName]:
    return (name for ports in (side.ports, side.not_ports) if ports is not None for name in ports.names)


def _addresses(endpoints: Iterable[Endpoint]) -> Addresses:
    found = tuple(endpoints)
    return {
        version: frozenset(address for endpoint in found for address in endpoint.addresses[version])
        for version in (4, 6)
    }


def _selected(selection: Selection, groups: Iterable[Group], whole: Mapping[int, Addresses]) -> Addresses:
    found = [whole[id(group)] for group in groups if selection.tree.matches(group.labels)]
    return {version: frozenset().union(*(addresses[version] for addresses in found)) for version in (4, 6)}


def _numbered(ports: PortsByName, groups: Iterable[Group]) -> NumberedPorts:
    endpoints = [one for group in groups if ports.selection.tree.matches(group.labels) for one in group.endpoints]
    return {version: frozenset(_ports_of(ports, endpoints, version)) for version in (4, 6)}


def _ports_of(ports: PortsByName, endpoints: Iterable[Endpoint], version: int) -> Iterable[NumberedPort]:
    for endpoint in endpoints:
        for port in endpoint.ports:
            if port.name == ports.name and port.protocol in ports.protocols:
                yield from ((address, port.protocol, port.port) for address in endpoint.addresses[version])
