"""Who the peers of rules are, kept up to date: in groups, and what each selection and port name in use means.

Gives at any time what groups.py and members.py say of all peers at once, but does the work of a change only where
that change matters. Does not know which rules refer to what (references.py).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import profiles

from . import groups, members
from .label_index import LabelIndex
from .matches import PortsByName, Selection
from .multisets import Multiset
from .peers import Peer

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
    peers: dict[str, Peer] = dataclasses.field(default_factory=dict)


class Tracker:
    """Peers by name; ``members`` is a live view of what is followed, of networks as of the last page."""

    def __init__(self) -> None:
        self._known: Mapping[str, profiles.Profile] = {}
        self._groups: dict[Key, _Group] = {}
        self._index = LabelIndex[Key]()
        self._followed: dict[Selection, set[members.Named]] = {}
        self._members: dict[members.Named, Mapping[int, Multiset[Any]]] = {}
        self._addresses: dict[Selection, members.Addresses] = {}
        self._ports: dict[PortsByName, members.NumberedPorts] = {}
        self._nets: dict[members.Nets, Mapping[int, set[str]]] = {}
        self.members = members.Members(self._addresses, self._ports, self._nets)

    def labels(self, key: Key) -> Mapping[str, str]:
        """The effective labels of a group."""
        return self._groups[key].labels

    def put(self, name: str, peer: Peer) -> None:
        """Add a peer that is not there."""
        key = key_of(peer)
        if key not in self._groups:
            self._groups[key] = _Group(groups.labels(peer, self._known))
            self._index.put(key, self._groups[key].labels)
        self._groups[key].peers[name] = peer
        self._count(self._index.matched(key), peer, Multiset.add)

    def drop(self, name: str, peer: Peer) -> None:
        """Remove a peer."""
        key = key_of(peer)
        del self._groups[key].peers[name]
        self._count(self._index.matched(key), peer, Multiset.remove)
        if not self._groups[key].peers:
            self._index.drop(key)
            del self._groups[key]

    def relabel(self, known: Mapping[str, profiles.Profile], changed: Set[str]) -> Set[Key]:
        """Take in that some profiles changed; the groups that have other labels now."""
        self._known = known
        concerned = [key for key in self._groups if not changed.isdisjoint(key[1])] if changed else []
        return {key for key in concerned if self._relabel(key)}

    def _relabel(self, key: Key) -> bool:
        group = self._groups[key]
        labels = groups.labels(next(iter(group.peers.values())), self._known)
        if labels == group.labels:
            return False
        before = set(self._index.matched(key))
        group.labels = labels
        self._index.drop(key)
        self._index.put(key, labels)
        after = self._index.matched(key)
        for peer in group.peers.values():
            self._count(before - after, peer, Multiset.remove)
            self._count(after - before, peer, Multiset.add)
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
            for peer in self._groups[key].peers.values():
                self._step(named, peer, Multiset.add)
        if not isinstance(named, members.Nets):
            self._shown(named)[named] = {version: found.elements for version, found in self._members[named].items()}

    def unfollow(self, named: members.Named) -> None:
        """The opposite of ``follow``."""
        selection = members.selection_of(named)
        del self._members[named]
        self._shown(named).pop(named, None)
        self._followed[selection].discard(named)
        if not self._followed[selection]:
            del self._followed[selection]
            self._index.forget(selection)

    def turn_page(self) -> Movements:
        """How the members moved, since this was asked last, of what has and had some place among them."""
        moved: dict[members.Named, Mapping[int, Moved]] = {}
        for named, versions in self._members.items():
            changed = {
                version: Moved(found.added, found.removed)
                for version, found in versions.items()
                if found.added or found.removed
            }
            if changed:
                for version in changed:
                    versions[version].forget()
                if isinstance(named, members.Nets):
                    changed = self._collapse(named)
                if changed:
                    moved[named] = changed
        return moved

    def _collapse(self, named: members.Nets) -> dict[int, Moved]:
        """Show networks without their overlaps; how those moved that were shown before and still are."""
        new = {version: members.collapsed(found.elements) for version, found in self._members[named].items()}
        if not any(new.values()):
            self._nets.pop(named, None)
            return {}
        shown = self._nets.get(named)
        if shown is None:
            self._nets[named] = {version: set(found) for version, found in new.items()}
            return {}
        moved = {version: Moved(new[version] - shown[version], shown[version] - new[version]) for version in new}
        for version, elements in shown.items():
            elements.difference_update(moved[version].removed)
            elements.update(moved[version].added)
        return {version: found for version, found in moved.items() if found.added or found.removed}

    def _shown(self, named: members.Named) -> dict[Any, Any]:
        if isinstance(named, Selection):
            return self._addresses
        return self._ports if isinstance(named, PortsByName) else self._nets

    def _count(self, selections: Iterable[Selection], peer: Peer, step: Step) -> None:
        for selection in selections:
            for named in self._followed[selection]:
                self._step(named, peer, step)

    def _step(self, named: members.Named, peer: Peer, step: Step) -> None:
        for version, found in self._members[named].items():
            for element in members.of_peer(named, peer, version):
                step(found, element)


def key_of(peer: Peer) -> Key:
    """What makes peers one group."""
    return peer.labels, peer.profiles
