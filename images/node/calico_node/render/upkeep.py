"""The table of a host kept up to date: what tables.table says, by rendering only what is not what it was."""

from __future__ import annotations

from collections.abc import Mapping, Set

from calico_node.calc import hosts, members
from calico_node.calc.calculator import Update
from calico_node.calc.guards import Guard
from calico_node.calc.host_endpoints import HostEndpoints
from calico_node.calc.tracker import Movements

from . import changes, host_endpoints, member_sets, names, nft, tables
from .memo import Memo

_NOTHING: Mapping[str, Set[nft.Element]] = {name: frozenset() for name in tables.INTERFACE_SETS}


class Upkeep:
    """Takes one update after the other; ``table`` is a live view, good until the next."""

    def __init__(self) -> None:
        self._memo = Memo()
        self._inputs: tuple[object, ...] = ()
        self._guards: Mapping[int, Guard] = {}
        self._entries: tables.Entries = {}
        # The chains, and the intervals that they list.
        self._ruled = nft.Table()
        self._sets: dict[str, nft.Set] = {}
        # The elements of each set of interfaces, and which of them are an interface's.
        self._interfaces: dict[str, set[nft.Element]] = {}
        self._of_interface: dict[str, Mapping[str, Set[nft.Element]]] = {}
        self._named: dict[members.Named, Mapping[int, str]] = {}
        self._own = HostEndpoints()

    @property
    def table(self) -> nft.Table:
        """The table as of the last update."""
        return nft.Table(self._ruled.chains, self._sets)

    def update(self, update: Update) -> changes.Changes:
        """Go on to an update; what differs from the table before."""
        state = update.state
        ruled = self._render_chains(state)
        own = self._move_own(state)
        new = {} if self._interfaces else self._interface_sets()
        moved = self._move_interfaces(update.interfaces, state.endpoints)
        elements = {name: one for name, one in moved.items() if name not in new}
        elements |= self._move_members(update.moved, state.members)
        gone = self._forget(state.members)
        new |= self._name(state.members)
        self._sets |= new
        new_sets, old_sets = {**new, **own.new_sets, **ruled.new_sets}, {**gone, **own.old_sets, **ruled.old_sets}
        return changes.Changes(ruled.chains, new_sets, old_sets, {**elements, **own.elements})

    def _render_chains(self, state: hosts.HostState) -> changes.Changes:
        """All chains, if something that they are made of is another thing now."""
        known, self._guards = self._entries, tables.guards_of(state.endpoints.values())
        self._entries = {key: known.get(key) or names.guard(guard) for key, guard in self._guards.items()}
        guards = frozenset(self._entries.values())
        with_nets = frozenset(state.members.nets)
        inputs = (
            guards,
            with_nets,
            state.policies,
            state.profiles,
            state.settings,
            state.own,
            state.nat,
            state.tunnels.hosts,
            state.publishes,
            state.spoofable,
        )
        if inputs == self._inputs:
            return changes.Changes()
        before, self._inputs = self._ruled, inputs
        self._ruled = tables.chains(state, self._guards, self._memo)
        self._memo.sweep()
        self._replace_sets(before.sets, self._ruled.sets)
        return changes.between(self._ruled, before)

    def _move_own(self, state: hosts.HostState) -> changes.Changes:
        """The verdict maps of the host's own interfaces: small, so compared whole, if there can be a difference."""
        if state.own is self._own:
            return changes.Changes()
        before = host_endpoints.sets(self._own)
        self._own = state.own
        wanted = host_endpoints.sets(self._own)
        moved = changes.between(nft.Table(sets=wanted), nft.Table(sets=before))
        self._replace_sets(before, wanted)
        return moved

    def _replace_sets(self, before: Mapping[str, nft.Set], wanted: Mapping[str, nft.Set]) -> None:
        self._sets = {name: found for name, found in self._sets.items() if name not in before} | dict(wanted)

    def _interface_sets(self) -> dict[str, nft.Set]:
        self._interfaces = {name: set() for name in tables.INTERFACE_SETS}
        return {name: tables.interface_set(name, elements) for name, elements in self._interfaces.items()}

    def _move_interfaces(
        self, interfaces: Set[str], endpoints: Mapping[str, hosts.LocalEndpoint]
    ) -> dict[str, changes.Elements]:
        """Put the elements of changed endpoints in place of what their interfaces had."""
        added: dict[str, set[nft.Element]] = {name: set() for name in self._interfaces}
        removed: dict[str, set[nft.Element]] = {name: set() for name in self._interfaces}
        for interface in interfaces:
            old = self._of_interface.pop(interface, _NOTHING)
            new = tables.of_endpoint(endpoints[interface], self._entries) if interface in endpoints else _NOTHING
            if interface in endpoints:
                self._of_interface[interface] = new
            for name in self._interfaces:
                added[name] |= new[name] - old[name]
                removed[name] |= old[name] - new[name]
        for name in self._interfaces:
            self._interfaces[name].difference_update(removed[name])
            self._interfaces[name].update(added[name])
        return {
            name: changes.Elements(added[name], removed[name], empty.verdict, len(empty.data))
            for name, empty in tables.INTERFACE_SETS.items()
            if added[name] or removed[name]
        }

    def _move_members(self, movements: Movements, current: members.Members) -> dict[str, changes.Elements]:
        """Most sets are live views of the members, which have moved already; those of networks are made anew."""
        found = {}
        for named, versions in movements.items():
            for version, moved in versions.items():
                name = self._named[named][version]
                if isinstance(named, members.Nets):
                    self._sets[name] = member_sets.made(named, version, current.nets[named][version])
                added, removed = (member_sets.elements(named, version, one) for one in (moved.added, moved.removed))
                found[name] = changes.Elements(added, removed)
        return found

    def _forget(self, current: members.Members) -> dict[str, nft.Set]:
        """The sets that no rule refers to any more."""
        gone = [named for named in self._named if named not in current]
        return {name: self._sets.pop(name) for named in gone for name in self._named.pop(named).values()}

    def _name(self, current: members.Members) -> dict[str, nft.Set]:
        """The sets that rules refer to for the first time."""
        found = {}
        for named, elements in current:
            if named not in self._named:
                self._named[named] = member_sets.names_of(named)
                for version, name in self._named[named].items():
                    found[name] = member_sets.made(named, version, elements[version])
        return found
