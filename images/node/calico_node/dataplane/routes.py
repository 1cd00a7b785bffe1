"""The driver of our routes: to each local address through its interface, all with our protocol number and metric.

What is there is remembered; ``resync`` forgets it. A restarted agent recognises its own by the protocol number; routes
of other protocols are neither read nor touched. Withdrawing and announcing are two calls, with the policy between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from .errors import DataplaneError
from .links import Link, Links
from .netlink import Route


class RouteTable(Protocol):
    """What the driver needs of netlink.Netlink."""

    def routes(self) -> frozenset[Route]: ...
    def add_route(self, route: Route) -> None: ...
    def delete_route(self, route: Route) -> None: ...


class RouteDriver:
    """Makes the kernel's routes of our protocol equal to the wanted ones."""

    def __init__(self, table: RouteTable) -> None:
        self._table = table
        self._known: set[Route] = set()
        self._wanted: dict[str, Route] = {}
        self._eras: Mapping[int, int] = {}
        self._trusted = False

    def resync(self) -> None:
        """Look at the kernel before the next write."""
        self._trusted = False

    def withdraw(self, wanted: Mapping[str, str], links: Links) -> tuple[str, ...]:
        """Delete every route that is not wanted; the destinations that took. Raises DataplaneError."""
        self._look(links)
        gone = sorted(self._known.difference(self._routes(wanted, links).values()))
        for route in gone:
            self._table.delete_route(route)
            self._known.discard(route)
        return tuple(route.destination for route in gone)

    def announce(self, wanted: Mapping[str, str], links: Links) -> tuple[str, ...]:
        """Add every wanted route whose interface is up; the destinations that took.

        One that fails does not keep the others out; then raises DataplaneError.
        """
        added: list[str] = []
        problems: list[str] = []
        for route in sorted(set(self._routes(wanted, links).values()) - self._known):
            try:
                self._table.add_route(route)
            except DataplaneError as error:
                problems.append(str(error))
            else:
                self._known.add(route)
                added.append(route.destination)
        if problems:
            self._trusted = False
            raise DataplaneError("; ".join(problems))
        return tuple(added)

    def missing(self, wanted: Mapping[str, str], links: Links) -> frozenset[str]:
        """The interfaces to which some address that is wanted there has no route."""
        return frozenset(wanted[address] for address in self.unrouted(wanted, links))

    def unrouted(self, wanted: Mapping[str, str], links: Links) -> frozenset[str]:
        """The addresses that have no route to the interface where they are wanted."""
        made = self._routes(wanted, links)
        return frozenset(address for address in wanted if made.get(address) not in self._known)

    def remove(self) -> None:
        """Leave no route of ours behind."""
        for route in sorted(self._table.routes()):
            self._table.delete_route(route)
        self._known.clear()

    def _look(self, links: Links) -> None:
        eras = {link.index: link.era for link in links.values()}
        known = self._eras.keys() & eras.keys()
        if not self._trusted or any(self._eras[index] != eras[index] for index in known):
            # Of a link that was down, or of which nobody heard for a while, nobody knows what became of its routes.
            self._known, self._trusted = set(self._table.routes()), True
        elif eras != self._eras:
            # The kernel drops the routes of a link that goes away.
            self._known = {route for route in self._known if eras.get(route.link) == self._eras.get(route.link, 0)}
        self._eras = eras

    def _routes(self, wanted: Mapping[str, str], links: Links) -> Mapping[str, Route]:
        """The routes to the interfaces that are there, by address; those that are as they were are the same objects."""
        made = {}
        for address, interface in wanted.items():
            if (link := links.get(interface)) is not None:
                old = self._wanted.get(address)
                made[address] = old if old is not None and old.link == link.index else _route(address, link)
        self._wanted = made
        return made


def _route(address: str, link: Link) -> Route:
    return Route(f"{address}/{128 if ':' in address else 32}", link.index)
