"""Which addresses a selection of endpoints means, and which ports a port name: asked once a group of endpoints."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from .endpoints import Endpoint
from .groups import Group
from .matches import PortsByName, Selection
from .rulesets import DIRECTIONS, RuleSet

NumberedPort = tuple[str, int, int]  # address, protocol, port
Addresses = Mapping[int, Set[str]]
NumberedPorts = Mapping[int, Set[NumberedPort]]
# What rules refer to, and endpoints stand for.
Named = Selection | PortsByName


@dataclasses.dataclass(frozen=True, slots=True)
class Members:
    """What the selections and port names of all rules in use stand for, by IP version."""

    addresses: Mapping[Selection, Addresses]
    ports: Mapping[PortsByName, NumberedPorts]

    def __iter__(self) -> Iterator[tuple[Named, Mapping[int, Set[Any]]]]:
        yield from self.addresses.items()
        yield from self.ports.items()

    def __contains__(self, named: Named) -> bool:
        return named in self.addresses or named in self.ports


def members(rulesets: Iterable[RuleSet], groups: tuple[Group, ...]) -> Members:
    """The members of everything that some rule refers to."""
    every = {named for ruleset in rulesets for named in references(ruleset)}
    return Members(
        addresses={named: _members(named, groups) for named in every if isinstance(named, Selection)},
        ports={named: _members(named, groups) for named in every if isinstance(named, PortsByName)},
    )


def references(ruleset: RuleSet) -> Iterator[Named]:
    """What rules refer to; something more than once if several do."""
    for match in (match for direction in DIRECTIONS for match in ruleset.of(direction)):
        for side in (match.source, match.destination):
            yield from (one for one in (side.selected, side.not_selected) if one is not None)
            for ports in (side.ports, side.not_ports):
                yield from ports.names if ports is not None else ()


def selection_of(named: Named) -> Selection:
    """The endpoints that can be members."""
    return named if isinstance(named, Selection) else named.selection


def _members(named: Named, groups: Iterable[Group]) -> Mapping[int, Set[Any]]:
    tree = selection_of(named).tree
    endpoints = [endpoint for group in groups if tree.matches(group.labels) for endpoint in group.endpoints]
    return {
        version: frozenset(member for endpoint in endpoints for member in of_endpoint(named, endpoint, version))
        for version in (4, 6)
    }


def of_endpoint(named: Named, endpoint: Endpoint, version: int) -> Iterable[str | NumberedPort]:
    """What one endpoint that is selected adds to the members."""
    addresses = endpoint.addresses[version]
    if isinstance(named, Selection):
        return addresses
    return [
        (address, port.protocol, port.port)
        for port in endpoint.ports
        if port.name == named.name and port.protocol in named.protocols
        for address in addresses
    ]
