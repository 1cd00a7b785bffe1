"""Who the peers of rules are, kept up to date: endpoints in groups, and what each selection and port name in use means.

Gives at any time what groups.py and members.py say of all endpoints at once, but does the work of a change only where
that change matters. Does not know which rules refer to what (references.py).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import profiles

from . import groups, members
from .endpoints import Endpoint
from .label_index import LabelIndex
from .matches import PortsByName, Selection
from .multisets import Multiset

Key = tuple[tuple[tuple[str, str], ...], tuple[str, ...]]  # labels, profiles
Step = Callable[[Multiset[Any], Any], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Moved:
    """What came into the members of something and what left them."""

    added: Set[Any]
    removed: Set[Any]


# By IP version.
Movements = Mapping[members.Named, Mapping[int, Moved]]


@dataclasses.dataclass(slots=True)
class _Group:
    labels: Mapping[str, str]
    endpoints: dict[str, Endpoint] = dataclasses.field(default_factory=dict)


class Tracker:
    """Endpoints by name; ``members`` is a live view of what is followed."""

    def __init__(self) -> None:
        self._known: Mapping[str, profiles.Profile] = {}
        self._groups: dict[Key, _Group] = {}
        self._index = LabelIndex[Key]()
        self._followed: dict[Selection, set[members.Named]] = {}
        self._members: dict[members.Named, Mapping[int, Multiset[Any]]] = {}
        self._addresses: dict[Selection, members.Addresses] = {}
        self._ports: dict[PortsByName, members.NumberedPorts] = {}
        self.members = members.Members(self._addresses, self._ports)

    def labels(self, key: Key) -> Mapping[str, str]:
        """The effective labels of a group."""
        return self._groups[key].labels

    def put(self, name: str, endpoint: Endpoint) -> None:
        """Add an endpoint that is not there."""
        key = key_of(endpoint)
        if key not in self._groups:
            self._groups[key] = _Group(groups.labels(endpoint, self._known))
            self._index.put(key, self._groups[key].labels)
        self._groups[key].endpoints[name] = endpoint
        self._count(self._index.matched(key), endpoint, Multiset.add)

    def drop(self, name: str, endpoint: Endpoint) -> None:
        """Remove an endpoint."""
        key = key_of(endpoint)
        del self._groups[key].endpoints[name]
        self._count(self._index.matched(key), endpoint, Multiset.remove)
        if not self._groups[key].endpoints:
            self._index.drop(key)
            del self._groups[key]

    def relabel(self, known: Mapping[str, profiles.Profile], changed: Set[str]) -> Set[Key]:
        """Take in that some profiles changed; the groups that have other labels now."""
        self._known = known
        concerned = [key for key in self._groups if not changed.isdisjoint(key[1])] if changed else []
        return {key for key in concerned if self._relabel(key)}

    def _relabel(self, key: Key) -> bool:
        group = self._groups[key]
        labels = groups.labels(next(iter(group.endpoints.values())), self._known)
        if labels == group.labels:
            return False
        before = set(self._index.matched(key))
        group.labels = labels
        self._index.drop(key)
        self._index.put(key, labels)
        after = self._index.matched(key)
        for endpoint in group.endpoints.values():
            self._count(before - after, endpoint, Multiset.remove)
            self._count(after - before, endpoint, Multiset.add)
        return True

    def follow(self, named: members.Named) -> None:
        """Know from now on what a selection or port name means."""
        selection = members.selection_of(named)
        if selection not in self._followed:
            self._followed[selection] = set()
            self._index.watch(selection)
        self._followed[selection].add(named)
        self._members[named] = {version: Multiset() for version in (4, 6)}
        for key in self._index.matching(selection):
            for endpoint in self._groups[key].endpoints.values():
                self._step(named, endpoint, Multiset.add)
        self._shown(named)[named] = {version: found.elements for version, found in self._members[named].items()}

    def unfollow(self, named: members.Named) -> None:
        """The opposite of ``follow``."""
        selection = members.selection_of(named)
        del self._members[named], self._shown(named)[named]
        self._followed[selection].discard(named)
        if not self._followed[selection]:
            del self._followed[selection]
            self._index.forget(selection)

    def turn_page(self) -> Movements:
        """How the members of what is followed moved since this was asked last."""
        moved = {}
        for named, versions in self._members.items():
            changed = {
                version: Moved(found.added, found.removed)
                for version, found in versions.items()
                if found.added or found.removed
            }
            if changed:
                moved[named] = changed
                for version in changed:
                    versions[version].forget()
        return moved

    def _shown(self, named: members.Named) -> dict[Any, Any]:
        return self._addresses if isinstance(named, Selection) else self._ports

    def _count(self, selections: Iterable[Selection], endpoint: Endpoint, step: Step) -> None:
        for selection in selections:
            for named in self._followed[selection]:
                self._step(named, endpoint, step)

    def _step(self, named: members.Named, endpoint: Endpoint, step: Step) -> None:
        for version, found in self._members[named].items():
            for element in members.of_endpoint(named, endpoint, version):
                step(found, element)


def key_of(endpoint: Endpoint) -> Key:
    """What makes endpoints one group."""
    return endpoint.labels, endpoint.profiles
