"""Which addresses a selection of endpoints means, and which ports a port name: asked once a group of endpoints."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from .endpoints import Endpoint
from .groups import Group
from .matches import PortsByName, Selection, Side
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
    used = tuple(rulesets)
    whole = {id(group): _addresses(group.endpoints) for group in groups}
    return Members(
        addresses={one: _selected(one, groups, whole) for ruleset in used for one in selections(ruleset)},
        ports={one: _numbered(one, groups) for ruleset in used for one in port_names(ruleset)},
    )


def selections(ruleset: RuleSet) -> Iterable[Selection]:
    """The selections that rules refer to."""
    return (one for side in _sides(ruleset) for one in (side.selected, side.not_selected) if one is not None)


def port_names(ruleset: RuleSet) -> Iterable[PortsByName]:
    """The ports that rules refer to by name."""
    lists = (ports for side in _sides(ruleset) for ports in (side.ports, side.not_ports))
    return (name for ports in lists if ports is not None for name in ports.names)


def _sides(ruleset: RuleSet) -> Iterable[Side]:
    matches = (match for direction in DIRECTIONS for match in ruleset.of(direction))
    return (side for match in matches for side in (match.source, match.destination))


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
    return {version: frozenset(ports_of(ports, endpoints, version)) for version in (4, 6)}


def ports_of(ports: PortsByName, endpoints: Iterable[Endpoint], version: int) -> Iterable[NumberedPort]:
    """The ports that endpoints have by that name."""
    for endpoint in endpoints:
        for port in endpoint.ports:
            if port.name == ports.name and port.protocol in ports.protocols:
                yield from ((address, port.protocol, port.port) for address in endpoint.addresses[version])
