"""Which endpoints of this host are real: an interface has one guard and an address one route, so one owner each.

Of several that claim the same, the one with the lowest precedence has it, and the others are left out whole. Endpoints
that share no claim, not even by way of others, say nothing about each other: only those are decided anew that a change
may concern.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import endpoints
from .endpoints import Endpoint


def decide(here: Mapping[str, Endpoint]) -> dict[str, str | None]:
    """For each endpoint of a host why it cannot be programmed; None if it can."""
    owners: dict[str, str] = {}
    found: dict[str, str | None] = {}
    for _precedence, name in sorted((one.precedence, name) for name, one in here.items()):
        found[name] = endpoints.problem(here[name]) or _taken(here[name], owners)
        if found[name] is None:
            owners.update(dict.fromkeys(endpoints.claims(here[name]), name))
    return found


def _taken(endpoint: Endpoint, owners: Mapping[str, str]) -> str | None:
    """What of an endpoint belongs to another one; None if nothing does."""
    taken = (f"{what} belongs to {owners[what]}" for what in endpoints.claims(endpoint) if what in owners)
    return "; ".join(taken) or None


class Claims:
    """The endpoints of a host and who claims what."""

    def __init__(self) -> None:
        self.here: dict[str, Endpoint] = {}
        self._claimants: dict[str, set[str]] = {}

    def put(self, changed: Mapping[str, Endpoint | None]) -> dict[str, str | None]:
        """Take in endpoints, None for one that left; what ``decide`` says of all that may be concerned and are here."""
        concerned = self._sharing(changed)
        for name, endpoint in changed.items():
            self._put(name, endpoint)
        concerned |= self._sharing(changed)
        return decide({name: self.here[name] for name in concerned if name in self.here})

    def _put(self, name: str, endpoint: Endpoint | None) -> None:
        if (old := self.here.pop(name, None)) is not None:
            for claim in endpoints.claims(old):
                self._claimants[claim].discard(name)
                if not self._claimants[claim]:
                    del self._claimants[claim]
        if endpoint is not None:
            self.here[name] = endpoint
            for claim in endpoints.claims(endpoint):
                self._claimants.setdefault(claim, set()).add(name)

    def _sharing(self, names: Iterable[str]) -> set[str]:
        """The endpoints that hang together with these by what they claim."""
        found: set[str] = set()
        waiting = set(names)
        while waiting:
            name = waiting.pop()
            found.add(name)
            if name in self.here:
                claims = endpoints.claims(self.here[name])
                waiting.update(other for claim in claims for other in self._claimants[claim] if other not in found)
        return found
