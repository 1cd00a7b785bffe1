"""Which cells pass between which groups of one family, before and after."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ansible_collections.calico.docker.plugins.module_utils.model import fields, policies, profiles
from ansible_collections.calico.docker.plugins.module_utils.model import rules as model_rules
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot
from ansible_collections.calico.docker.plugins.module_utils.model.verdict import EGRESS, INGRESS, Oracle

from . import cells, groups
from .judge import Judge, Part


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """Between two groups, by their numbers: the cells that pass only after, and those that passed only before."""

    gained: int
    lost: int


@dataclasses.dataclass(frozen=True, slots=True)
class Family:
    """All that was compared of one family; pairs of groups that are not in ``differences`` are as before.

    The ``moot`` cells are those that no container may ever send.
    """

    cells: Sequence[cells.Cell]
    groups: Sequence[groups.Group]
    differences: Mapping[tuple[int, int], Difference]
    moot: int
    not_compared: int


def compare(family: int, before: Oracle, after: Oracle, containers: Sequence[groups.Container], *, most: int) -> Family:
    """Compare at most so many pairs of groups."""
    vocabulary = cells.Vocabulary(family)
    nets: set[fields.Network] = set()
    for oracle in (before, after):
        _learn(vocabulary, nets, oracle)
    found = groups.of_family(family, before, after, containers, nets)
    pairs = _Pairs(found, Judge(before, vocabulary, found, 0), Judge(after, vocabulary, found, 1))
    differences: dict[tuple[int, int], Difference] = {}
    compared = 0
    for source in range(len(found)):
        destinations = pairs.touched_from(source)[: most - compared]
        compared += len(destinations)
        differences.update(pairs.differences(source, destinations))
    return Family(vocabulary.cells(), found, differences, pairs.moot(), pairs.count() - compared)


class _Pairs:
    """Pairs of groups that a change may concern: one of them has other policy than before, or looks different.

    What a rule says of two groups depends on nothing else, so all other pairs are as they were. Sets of groups are
    ints, with a bit for each.
    """

    def __init__(self, found: Sequence[groups.Group], before: Judge, after: Judge) -> None:
        self._judges = (before, after)
        numbers = range(len(found))
        self._everyone = (1 << len(found)) - 1
        self._guarded = sum(1 << number for number in numbers if found[number].guards is not None)
        changed = {
            direction: sum(
                1 << number
                for number in numbers
                if found[number].moved or before.policy_of(number, direction) != after.policy_of(number, direction)
            )
            for direction in (EGRESS, INGRESS)
        }
        self._senders, self._receivers = changed[EGRESS], changed[INGRESS]
        self._parts: dict[tuple[int, str, int], Sequence[Part]] = {}

    def touched_from(self, source: int) -> Sequence[int]:
        """The destinations to compare for a source; two groups that nobody guards are of no interest."""
        mask = self._everyone if self._senders >> source & 1 else self._receivers
        return list(_numbers(mask if self._guarded >> source & 1 else mask & self._guarded))

    def count(self) -> int:
        """How many pairs there are to compare."""
        return sum(len(self.touched_from(source)) for source in _numbers(self._everyone))

    def moot(self) -> int:
        """The cells that no container may send, neither before nor after."""
        found = -1 if self._guarded else 0
        for judge in self._judges:
            for number in _numbers(self._guarded):
                found &= judge.encapsulated(number)
        return found

    def differences(self, source: int, destinations: Iterable[int]) -> Iterator[tuple[tuple[int, int], Difference]]:
        """What changed from one source."""
        for destination in destinations:
            before, after = (self._passing(which, source, destination) for which in (0, 1))
            if before != after:
                yield (source, destination), Difference(after & ~before, before & ~after)

    def _passing(self, which: int, source: int, destination: int) -> int:
        leaving = _at(self._parts_of(which, source, EGRESS), destination)
        return leaving and leaving & _at(self._parts_of(which, destination, INGRESS), source)

    def _parts_of(self, which: int, own: int, direction: str) -> Sequence[Part]:
        """What a group may exchange with those it is compared with; worked out when first asked for."""
        key = (which, direction, own)
        if key not in self._parts:
            own_changed, others = self._senders, self._receivers
            if direction == INGRESS:
                own_changed, others = others, own_changed
            interest = self._everyone if own_changed >> own & 1 else others
            self._parts[key] = self._judges[which].parts(own, direction, interest)
        return self._parts[key]


def _at(parts: Sequence[Part], number: int) -> int:
    return next(cells for groups, cells in parts if groups >> number & 1)


def _numbers(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _learn(vocabulary: cells.Vocabulary, nets: set[fields.Network], oracle: Oracle) -> None:
    """Every boundary between packets and between addresses that a snapshot draws."""
    names: set[str] = set()
    for rule in rules_of(oracle.snapshot):
        vocabulary.add_rule(rule)
        for peer in (rule.source, rule.destination):
            nets.update((*peer.nets, *peer.not_nets))
            names.update(port for port in (*peer.ports, *peer.not_ports) if isinstance(port, str))
    for name, protocol, number in oracle.peers.ports:
        if name in names:
            for side in ("source", "destination"):
                vocabulary.add_port(protocol, side, number, number)
    for host in oracle.peers.local:
        vxlan = oracle.host(host).settings.vxlan_port or 0
        vocabulary.add_port(cells.UDP, "destination", vxlan, vxlan)


def rules_of(snapshot: Snapshot) -> Iterator[model_rules.Rule]:
    """Every rule that is in force somewhere."""
    guarding: list[policies.Policy | profiles.Profile] = [
        *snapshot.policies.values(),
        *snapshot.network_policies.values(),
        *snapshot.profiles.values(),
    ]
    for resource in guarding:
        yield from resource.spec.ingress
        yield from resource.spec.egress
