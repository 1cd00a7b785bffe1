"""The endpoints of this host and what guards them, kept up to date.

Gives at any time what hosts.py says of all of them at once. Endpoints of one group share their guards, so these are
worked out once a group that has an endpoint here.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from . import guards, hosts
from .claims import Claims
from .endpoints import Endpoint
from .published import Published
from .tracker import Key, Tracker, key_of


class Guarded:
    """``endpoints`` by interface, why others (``skipped``, by name) have none, and the guards ``in_use``.

    All of them are replaced, never changed.
    """

    def __init__(self, tracker: Tracker) -> None:
        self.endpoints: Mapping[str, hosts.LocalEndpoint] = {}
        self.skipped: Mapping[str, str] = {}
        self.in_use: frozenset[guards.Guard] = frozenset()
        self._tracker = tracker
        self._claims = Claims()
        self._published = Published()
        self._problems: Mapping[str, str] = {}
        self._ordered: tuple[guards.OrderedTier, ...] = ()
        self._real: dict[str, Endpoint] = {}
        self._groups: dict[Key, set[str]] = {}
        self._guards: dict[Key, dict[str, guards.Guard]] = {}

    @property
    def publishes(self) -> bool:
        """Whether some port of the host leads to one of them."""
        return bool(self._published)

    def update(
        self, changed: Mapping[str, Endpoint | None], relabelled: Set[Key], ordered: tuple[guards.OrderedTier, ...]
    ) -> Set[str]:
        """Take in endpoints of this host (None: gone), groups with other labels, and the policies.

        The interfaces whose endpoint is not what it was.
        """
        touched = self._settle(changed)
        stale = set(self._guards) if ordered != self._ordered else relabelled
        self._ordered = ordered
        for key in self._refresh(stale):
            touched |= self._groups[key]
        return self._connect(touched) if touched else frozenset()

    def _settle(self, changed: Mapping[str, Endpoint | None]) -> set[str]:
        """Decide who is real; the names of those that may be something else now."""
        if not changed:
            return set()
        decided = self._claims.put(changed)
        touched = set(changed) | set(decided)
        for name in touched & self._real.keys():
            self._leave(name, self._real.pop(name))
        for name in (name for name, problem in decided.items() if problem is None):
            self._real[name] = self._claims.here[name]
            self._groups.setdefault(key_of(self._real[name]), set()).add(name)
        touched |= self._published.put({name: self._real.get(name) for name in touched})
        kept = {name: problem for name, problem in self._problems.items() if name not in touched}
        self._problems = kept | {name: problem for name, problem in decided.items() if problem is not None}
        self.skipped = {**self._problems, **self._published.problems}
        return touched

    def _leave(self, name: str, endpoint: Endpoint) -> None:
        key = key_of(endpoint)
        self._groups[key].discard(name)
        if not self._groups[key]:
            del self._groups[key]

    def _refresh(self, stale: Set[Key]) -> list[Key]:
        """Work out the guards that are missing or stale; the groups that have others now."""
        gone = self._guards.keys() - self._groups.keys()
        for key in gone:
            del self._guards[key]
        changed = []
        for key in self._groups.keys() & ((self._groups.keys() - self._guards.keys()) | stale):
            both = guards.guards(self._ordered, self._tracker.labels(key), key[1])
            if self._guards.get(key) != both:
                self._guards[key] = both
                changed.append(key)
        if gone or changed:
            self.in_use = frozenset(guard for both in self._guards.values() for guard in both.values())
        return changed

    def _connect(self, touched: Set[str]) -> Set[str]:
        before = self.endpoints
        found = {interface: one for interface, one in before.items() if one.name not in touched}
        for name in touched & self._real.keys():
            endpoint = self._real[name]
            interface = endpoint.interface or ""
            both = self._guards[key_of(endpoint)]
            found[interface] = hosts.LocalEndpoint(
                name,
                interface,
                endpoint.addresses,
                spoofable=endpoint.spoofable,
                published=self._published.of(name),
                **both,
            )
        self.endpoints = found
        return {name for name in before.keys() | found.keys() if before.get(name) != found.get(name)}
