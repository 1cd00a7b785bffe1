"""Which ports of this host lead to its endpoints: what these say with ``hostPort``, and who has each port.

A port of the host leads to one endpoint. Of several that claim the same, the one with the lowest precedence has it; the
others lose that port and nothing else. A port at one address of the host and the same port at all addresses are two:
the one goes before the other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Set

from ansible_collections.calico.docker.plugins.module_utils.model import ports

from .endpoints import Endpoint

_NAMES = {number: name for name, number in ports.PROTOCOL_NUMBERS.items()}
_NO_PORT: dict[str, str] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A port of the host: at one of its addresses or, with None, at each of a family."""

    version: int
    address: str | None
    protocol: int
    port: int

    def __str__(self) -> str:
        return f"hostPort {self.port}/{_NAMES[self.protocol]} at {self.address or f'all IPv{self.version} addresses'}"


@dataclasses.dataclass(frozen=True, slots=True)
class Publication:
    """Where a port of the host leads."""

    place: Place
    address: str
    port: int


Owner = Callable[[Place], str]


def wanted(endpoint: Endpoint) -> Mapping[Place, Publication]:
    """What an endpoint asks for, in the families in which it has an address."""
    found: dict[Place, Publication] = {}
    for port in endpoint.host_ports:
        for version, at in (place for place in port.host_places if endpoint.addresses[place[0]]):
            address = None if at is None else str(at)
            place = Place(version, address, ports.protocol_number(port.protocol), port.host_port or 0)
            found.setdefault(place, Publication(place, endpoint.addresses[version][0], port.port))
    return found


def decide(here: Mapping[str, Endpoint]) -> tuple[Mapping[str, tuple[Publication, ...]], Mapping[str, str]]:
    """What each endpoint of a host has of what it wants; and what it has not, and why."""
    owners: dict[Place, str] = {}
    for _precedence, name in sorted((one.precedence, name) for name, one in here.items()):
        for place in wanted(here[name]):
            owners.setdefault(place, name)
    owned = {name: _owned(name, one, owners.__getitem__) for name, one in here.items() if one.host_ports}
    problems: dict[str, str] = {}
    for name, one in here.items():
        problems.update(_problems(name, one, owners.__getitem__))
    return owned, problems


def _owned(name: str, endpoint: Endpoint, owner: Owner) -> tuple[Publication, ...]:
    return tuple(one for place, one in wanted(endpoint).items() if owner(place) == name)


def _problems(name: str, endpoint: Endpoint, owner: Owner) -> Iterator[tuple[str, str]]:
    for place in wanted(endpoint):
        if owner(place) != name:
            yield f"{name}: {place}", f"belongs to {owner(place)}"
    for port in endpoint.host_ports:
        label = f"{name}: hostPort {port.host_port} at {port.host_ip}"
        if not port.host_places:
            yield label, "hostIP is no address from which the host could lead to an endpoint"
        elif not any(endpoint.addresses[version] for version, _address in port.host_places):
            yield label, f"the endpoint has no IPv{port.host_places[0][0]} address"


class Published:
    """Kept up to date: what ``decide`` says. ``problems`` is replaced, never changed."""

    def __init__(self) -> None:
        self.problems: Mapping[str, str] = _NO_PORT
        self._here: dict[str, Endpoint] = {}
        self._claimants: dict[Place, set[str]] = {}
        self._problems_of: dict[str, dict[str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._claimants)

    def put(self, changed: Mapping[str, Endpoint | None]) -> Set[str]:
        """Take in endpoints, None for one that left; the names of those that may have other ports now."""
        concerned = {name for name, one in changed.items() if name in self._here or (one and one.host_ports)}
        if not concerned:
            return frozenset()
        touched = self._sharing(concerned)
        for name in concerned:
            self._put(name, changed[name])
        touched |= self._sharing(concerned)
        for name in touched:
            self._problems_of.pop(name, None)
            if name in self._here and (found := dict(_problems(name, self._here[name], self._owner))):
                self._problems_of[name] = found
        self.problems = {label: why for found in self._problems_of.values() for label, why in found.items()}
        return touched

    def of(self, name: str) -> tuple[Publication, ...]:
        """What an endpoint has."""
        return _owned(name, self._here[name], self._owner) if name in self._here else ()

    def _owner(self, place: Place) -> str:
        return min(self._claimants[place], key=lambda name: (self._here[name].precedence, name))

    def _put(self, name: str, endpoint: Endpoint | None) -> None:
        if (old := self._here.pop(name, None)) is not None:
            for place in wanted(old):
                self._claimants[place].discard(name)
                if not self._claimants[place]:
                    del self._claimants[place]
        if endpoint is not None and endpoint.host_ports:
            self._here[name] = endpoint
            for place in wanted(endpoint):
                self._claimants.setdefault(place, set()).add(name)

    def _sharing(self, names: Set[str]) -> set[str]:
        """Those of these that are here, and the endpoints that want a port that one of them wants."""
        here = [self._here[name] for name in names if name in self._here]
        return {*names, *(other for one in here for place in wanted(one) for other in self._claimants[place])}
