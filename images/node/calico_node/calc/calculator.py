"""The desired state of one host, kept up to date: what hosts.calculate says, by doing only what a change asks for.

Every step looks at what differs from the snapshot before and hands on only what became different by that. Snapshots
share what did not change, so ``is`` tells.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Generic, TypeVar

from ansible_collections.calico.docker.plugins.module_utils.model.resources import Resource
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from . import (
    borrowed,
    endpoints,
    guards,
    host_endpoints,
    hosts,
    nat_outgoing,
    peers,
    policy_keys,
    rulesets,
    settings,
    tunnels,
)
from .endpoints import Endpoint
from .guarded import Guarded
from .references import References, RulesInUse
from .tracker import Movements, Tracker

V = TypeVar("V")
_NO_ADDRESSES: host_endpoints.Addresses = {}


@dataclasses.dataclass(frozen=True, slots=True)
class Update:
    """The new state, and where it differs from the one before.

    ``state.members`` is a live view, good until the next update; ``moved`` tells how the members changed of what rules
    refer to as before. ``interfaces`` are those whose endpoint is not what it was.
    """

    state: hosts.HostState
    interfaces: Set[str]
    moved: Movements


class Calculator:
    """Takes one snapshot after the other, for one host."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._snapshot = Snapshot()
        self._every: dict[str, Endpoint] = {}
        self._others: dict[str, peers.Peer] = {}
        self._tracker = Tracker()
        self._guarded = Guarded(self._tracker)
        self._references = References(self._tracker)
        self._policies = RulesInUse(self._references, rulesets.of_policy)
        self._profiles = RulesInUse(self._references, rulesets.of_profile)
        self._used: tuple[object, ...] = ()
        self._tiers = _Lasting[tuple[guards.OrderedTier, ...]]()
        self._settings = _Lasting[settings.Settings]()
        self._own = _Lasting[host_endpoints.HostEndpoints]()
        self._nat = _Lasting[Mapping[int, nat_outgoing.NatOutgoing]]()
        self._borrowed = borrowed.Borrowed()
        self._tunnels = _Lasting[tunnels.Tunnels]()

    def update(self, snapshot: Snapshot, addresses: host_endpoints.Addresses = _NO_ADDRESSES) -> Update:
        """Go on to a snapshot, and to other addresses of the host's own interfaces."""
        before, self._snapshot = self._snapshot, snapshot
        relabelled = self._tracker.relabel(snapshot.profiles, _changed(before.profiles, snapshot.profiles))
        changed = _changed(before.endpoints, snapshot.endpoints)
        here = self._take_endpoints(changed)
        self._take_peers(before)
        ordered = self._tiers.of(lambda: guards.ordered(snapshot), *self._ruled_by())
        interfaces = self._guarded.update(here, relabelled, ordered)
        own = self._take_host_endpoints(addresses)
        self._use_rules(own)
        followed = self._settings.of(
            lambda: settings.settings(snapshot, self._host), snapshot.felix_configurations, snapshot.nodes
        )
        state = hosts.HostState(
            endpoints=self._guarded.endpoints,
            policies=self._policies.rulesets,
            profiles=self._profiles.rulesets,
            members=self._tracker.members,
            settings=followed,
            skipped=self._guarded.skipped if not own.skipped else {**self._guarded.skipped, **own.skipped},
            own=own,
            nat=self._nat.of(
                lambda: nat_outgoing.calculate(snapshot, followed), snapshot.pools, snapshot.nodes, followed
            ),
            tunnels=self._take_tunnels(followed, changed),
            publishes=self._guarded.publishes,
        )
        return Update(state, interfaces, self._references.turn_page())

    def _take_host_endpoints(self, addresses: host_endpoints.Addresses) -> host_endpoints.HostEndpoints:
        """There are few of them, and they seldom change."""
        snapshot = self._snapshot
        return self._own.of(
            lambda: host_endpoints.calculate(snapshot, self._host, addresses),
            snapshot.host_endpoints,
            snapshot.profiles,
            addresses,
            *self._ruled_by(),
        )

    def _take_tunnels(self, followed: settings.Settings, changed: Iterable[str]) -> tunnels.Tunnels:
        """Apart from borrowed addresses they do not depend on endpoints."""
        snapshot, singles = self._snapshot, self._borrowed.update(self._snapshot, changed)
        return self._tunnels.of(
            lambda: tunnels.calculate(snapshot, self._host, followed, singles),
            snapshot.pools,
            snapshot.nodes,
            snapshot.affinities,
            followed,
            singles,
        )

    def _ruled_by(self) -> tuple[object, ...]:
        """What the tiers of policies are made of."""
        return (self._snapshot.tiers, *policy_keys.by_kind(self._snapshot).values())

    def _take_endpoints(self, names: Iterable[str]) -> Mapping[str, Endpoint | None]:
        """Take in endpoints anywhere; those of this host that are not what they were, None if they are gone."""
        here: dict[str, Endpoint | None] = {}
        for name in names:
            old, resource = self._every.pop(name, None), self._snapshot.endpoints.get(name)
            new = None if resource is None else endpoints.read(resource)
            if new is not None:
                self._every[name] = new
            if new == old:
                continue
            if old is not None:
                self._tracker.drop(name, old)
            if new is not None:
                self._tracker.put(name, new)
            if self._host in {one.host for one in (old, new) if one is not None}:
                here[name] = new if new is not None and new.host == self._host else None
        return here

    def _take_peers(self, before: Snapshot) -> None:
        """Take in hosts' endpoints and network sets."""
        known = peers.by_kind(before)
        for kind, resources in peers.by_kind(self._snapshot).items():
            for name in _changed(known[kind], resources):
                self._take_peer(f"{kind} {name}", resources.get(name))

    def _take_peer(self, name: str, resource: Resource | None) -> None:
        old, new = self._others.pop(name, None), None if resource is None else peers.read(resource)
        if new is not None:
            self._others[name] = new
        if new != old:
            if old is not None:
                self._tracker.drop(name, old)
            if new is not None:
                self._tracker.put(name, new)

    def _use_rules(self, own: host_endpoints.HostEndpoints) -> None:
        """Only if other guards are in use, or what they name may be another thing."""
        snapshot = self._snapshot
        known, self._used = self._used, (self._guarded.in_use, own, snapshot.profiles, *self._ruled_by())
        if _are_the_same(known, self._used):
            return
        used = {*self._guarded.in_use, *own.guards}
        policies = {key for guard in used for tier in guard.tiers for key in tier.policies}
        profiles = {name for guard in used for name in guard.profiles}
        self._policies.use({key: policy_keys.find(snapshot, key) for key in policies})
        self._profiles.use({name: snapshot.profiles.get(name) for name in profiles})


class _Lasting(Generic[V]):
    """An answer that lasts as long as what it was made of: the same objects, not only equal ones."""

    def __init__(self) -> None:
        self._known: tuple[tuple[object, ...], V] | None = None

    def of(self, ask: Callable[[], V], *made_of: object) -> V:
        """What ``ask`` answers; the old object if it answers the same."""
        if self._known is None:
            self._known = (made_of, ask())
        elif not _are_the_same(made_of, self._known[0]):
            answer = ask()
            self._known = (made_of, self._known[1] if answer == self._known[1] else answer)
        return self._known[1]


def _are_the_same(some: tuple[object, ...], others: tuple[object, ...]) -> bool:
    return len(some) == len(others) and all(map(operator.is_, some, others))


def _changed(before: Mapping[str, V], after: Mapping[str, V]) -> Set[str]:
    """The names of what is new, gone or another one."""
    if before is after:
        return frozenset()
    changed = {name for name, value in after.items() if before.get(name) is not value}
    return changed | (before.keys() - after.keys())
