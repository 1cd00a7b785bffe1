"""What policy says of all cells at once, for one group at a time: verdict's rules, applied to sets of cells and peers.

Which cells a rule matches is asked of verdict, a packet for each cell; here only sets of them are put together.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from ansible_collections.calico.docker.plugins.module_utils.model.verdict import EGRESS, Oracle, hosts
from ansible_collections.calico.docker.plugins.module_utils.model.verdict.packets import ALLOW, DENY, LOG, PASS, Packet
from ansible_collections.calico.docker.plugins.module_utils.model.verdict.policies import Policy, Tier, Use, end_of
from ansible_collections.calico.docker.plugins.module_utils.model.verdict.rules import End, Rule, Side, Sight

from .cells import Vocabulary
from .groups import Group, Guard
from .regions import ROOTS

# Groups (a bit for each) and the cells that may pass between them and the one that was asked about.
Part = tuple[int, int]
# Tiers, and profiles (None: missing), as they are asked.
_Asked = tuple[tuple[Tier, ...], tuple[Policy | None, ...]]


class Judge:
    """One snapshot and family; ``which`` is 0 before, 1 after."""

    def __init__(self, oracle: Oracle, vocabulary: Vocabulary, groups: Sequence[Group], which: int) -> None:
        self._oracle = oracle
        self._vocabulary = vocabulary
        # Of whom they are is told by the sides.
        nobody = ROOTS[vocabulary.family].network_address
        self._packets = [vocabulary.packet(cell, nobody, nobody) for cell in vocabulary.cells()]
        self._groups = groups
        self._which = which
        self.everything = (1 << len(self._packets)) - 1
        self._masks: dict[End, int] = {}
        self._variants: dict[End, dict[Hashable, int]] = {}
        self._hits: dict[Hashable, int] = {}
        self._blocked: dict[hosts.Host, int] = {}

    def policy_of(self, own: int, direction: str) -> Hashable:
        """All that is asked for a group; equal ones, before and after, say the same of the same peers."""
        if self._groups[own].guards is None:
            return None
        tiers, profiles = self._asked(self._groups[own], direction)
        kept_back = self.encapsulated(own) if direction == EGRESS else 0
        return tuple((tier.default_action, tier.readable, tier.policies) for tier in tiers), profiles, kept_back

    def parts(self, own: int, direction: str, interest: int) -> list[Part]:
        """The peers of interest, in parts that are treated alike, and what each may exchange with the group."""
        group = self._groups[own]
        if group.guards is None:
            return [(interest, self.everything)]
        asked = self._asked(group, direction)
        found = [interest]
        for rule in _rules(asked, direction):
            near, far = _ends(rule, direction)
            if self._mask(near) >> own & 1:
                for mask in (self._mask(far), *self._named(far).values()):
                    found = [part for whole in found for part in (whole & mask, whole & ~mask) if part]
        return [(part, self._ask(asked, direction, own, (part & -part).bit_length() - 1)) for part in found]

    def encapsulated(self, own: int) -> int:
        """The cells that a group may not send, whatever policy says."""
        host = self._guard(self._groups[own]).host
        if host not in self._blocked:
            packets = enumerate(self._packets)
            self._blocked[host] = sum(1 << number for number, packet in packets if host.drops_encapsulated(packet))
        return self._blocked[host]

    def _asked(self, group: Group, direction: str) -> _Asked:
        guard = self._guard(group)
        profiles = self._oracle.policies.profiles
        tiers = self._oracle.policies.applying(guard.peer, direction, Use.NORMAL)
        return tiers, tuple(profiles.get(name) for name in guard.profiles)

    def _ask(self, asked: _Asked, direction: str, own: int, peer: int) -> int:
        """The cells that may pass between two groups."""
        source, destination = (own, peer) if direction == EGRESS else (peer, own)
        tiers, profiles = asked
        undecided, allowed = self.everything, 0
        if direction == EGRESS:
            undecided &= ~self.encapsulated(own)
        for tier in tiers:
            lists = [policy.rules[direction] for policy in tier.policies] if tier.readable else []
            rules = [rule for listed in lists for rule in listed]
            accepted, passed, rest = self._run(rules, undecided, source, destination)
            allowed |= accepted
            undecided = passed | (rest if end_of(tier, Use.NORMAL) == PASS else 0)
        for profile in profiles:
            if profile is None:
                return allowed
            accepted, passed, rest = self._run(profile.rules[direction], undecided, source, destination)
            allowed |= accepted
            undecided = passed | rest
        return allowed

    def _run(self, rules: Sequence[Rule], undecided: int, source: int, destination: int) -> tuple[int, int, int]:
        """Of the undecided cells: which are allowed, which passed on, which no rule decides."""
        found = {ALLOW: 0, PASS: 0, DENY: 0}
        for rule in rules:
            if not undecided:
                break
            if (
                rule.action != LOG
                and self._mask(rule.source) >> source & self._mask(rule.destination) >> destination & 1
            ):
                hit = undecided & self._hit(rule, source, destination)
                found[rule.action] |= hit
                undecided &= ~hit
        return found[ALLOW], found[PASS], undecided

    def _hit(self, rule: Rule, source: int, destination: int) -> int:
        """The cells that a rule matches between two groups that it means; a matter of their named ports only."""
        sides = [self._groups[number].sides[self._which] for number in (source, destination)]
        key = (rule, *(end.named(side) for end, side in zip((rule.source, rule.destination), sides, strict=True)))
        if key not in self._hits:
            sights = (self._sight(packet, *sides) for packet in self._packets)
            self._hits[key] = sum(1 << number for number, sight in enumerate(sights) if rule.matches(sight))
        return self._hits[key]

    def _sight(self, packet: Packet, source: Side, destination: Side) -> Sight:
        return Sight(
            packet,
            self._vocabulary.family,
            Side(source.address, packet.source_port, source.peers),
            Side(destination.address, packet.destination_port, destination.peers),
        )

    def _mask(self, end: End) -> int:
        """The groups whose addresses one end of a rule means."""
        found = self._masks.get(end)
        if found is None:
            family = self._vocabulary.family
            sides = (group.sides[self._which] for group in self._groups)
            found = sum(1 << number for number, side in enumerate(sides) if end.admits(side, family))
            self._masks[end] = found
        return found

    def _named(self, end: End) -> dict[Hashable, int]:
        """The groups in which one end of a rule finds the same ports by name."""
        found = self._variants.get(end)
        if found is None:
            found = self._variants[end] = {}
            for number, group in enumerate(self._groups):
                if named := end.named(group.sides[self._which]):
                    found[named] = found.get(named, 0) | 1 << number
        return found

    def _guard(self, group: Group) -> Guard:
        if group.guards is None:
            raise TypeError(f"{group.base} is no container")
        return group.guards[self._which]


def _rules(asked: _Asked, direction: str) -> Iterator[Rule]:
    tiers, profiles = asked
    for tier in tiers:
        for policy in tier.policies:
            yield from policy.rules[direction]
    for profile in profiles:
        if profile is not None:
            yield from profile.rules[direction]


def _ends(rule: Rule, direction: str) -> tuple[End, End]:
    """The end of the one who is guarded, and that of his peer."""
    return (rule.source, rule.destination) if direction == EGRESS else (rule.destination, rule.source)
