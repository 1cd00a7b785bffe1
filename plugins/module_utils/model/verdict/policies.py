"""Tiers, policies and profiles in the order in which they are asked, and what they answer.

A tier has a say in a direction only if one of its policies has; then it decides: by the first rule that matches, in
the end by its default action. Profiles are asked only if no tier decided. What nothing decided is denied.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from ansible_collections.calico.docker.plugins.module_utils.model import (
    policies,
    policy_specs,
    profiles,
    resources,
    selectors,
)
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from .packets import ALLOW, DENY, EGRESS, INGRESS, LOG, PASS, Step
from .peers import NAMESPACE, SERVICE_ACCOUNT, Chooser, Peer, of_namespace, of_namespaces, of_service_accounts
from .rules import Rule, Sight

R = TypeVar("R", bound=resources.Resource)

_Directions = dict[str, list[Rule]]


class Use(enum.Enum):
    """Where a policy is asked. NORMAL is at WorkloadEndpoints and for the traffic of a host itself."""

    NORMAL = "normal"
    FORWARD = "applyOnForward"
    UNTRACKED = "doNotTrack"
    PRE_DNAT = "preDNAT"


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """One policy, ready to be asked; ``rules`` has the directions in which it has a say."""

    title: str
    uses: frozenset[Use]
    subject: Chooser
    rules: Mapping[str, Sequence[Rule]]


class Reader:
    """Reads each policy and profile once, also for other snapshots (with peers of the same Kinds)."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[resources.Resource, Policy]] = {}

    def once(self, key: tuple[str, str], resource: R, read: Callable[[str, R], Policy]) -> Policy:
        """What is read of a resource; the very same object as before if it did not change."""
        known = self._known.get(key)
        if known is None or not (known[0] is resource or known[0] == resource):
            known = self._known[key] = (resource, read(key[1], resource))
        return known[1]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Tier:
    """Policies in their order. A tier whose place could not be read only denies."""

    name: str
    default_action: str
    readable: bool
    policies: tuple[Policy, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """Whose policy is asked, in which direction."""

    title: str
    direction: str
    peer: Peer
    profiles: tuple[str, ...] = ()

    def step(
        self,
        outcome: str,
        reason: str = "",
        *,
        tier: str | None = None,
        policy: str | None = None,
        rule: int | None = None,
    ) -> Step:
        """Something that was said of it."""
        return Step(self.title, self.direction, tier, policy, rule, outcome, reason)


class Policies:
    """All that a snapshot says of who may talk to whom."""

    def __init__(self, snapshot: Snapshot, reader: Reader) -> None:
        self._tiers = tuple(_ordered(snapshot, reader))
        known = {**snapshot.profiles, profiles.DEFAULT_ALLOW: profiles.default_allow()}
        self.profiles = {name: reader.once(("Profile", name), profile, _profile) for name, profile in known.items()}
        self._applying: dict[tuple[int, str, Use], tuple[Tier, ...]] = {}

    def applying(self, peer: Peer, direction: str, use: Use) -> tuple[Tier, ...]:
        """The tiers that have a say, each with only the policies that have."""
        key = (peer.kind, direction, use)
        found = self._applying.get(key)
        if found is None:
            found = self._applying[key] = tuple(_narrowed(self._tiers, peer, direction, use))
        return found

    def ask(self, subject: Subject, use: Use, sight: Sight, trail: list[Step]) -> str | None:
        """Allow, Deny, or None if no tier decided; adds to the trail what was said."""
        for tier in self.applying(subject.peer, subject.direction, use):
            said = _ask_tier(tier, subject, sight, trail)
            if said is None:
                said = end_of(tier, use)
                trail.append(subject.step(said, f"tier {tier.name} ends in {said}", tier=tier.name))
            if said != PASS:
                return said
        return None

    def ask_profiles(self, subject: Subject, sight: Sight, trail: list[Step]) -> str:
        """Allow or Deny: the first profile that decides, or none. A missing one denies, Pass leads to the next."""
        for name in subject.profiles:
            step = subject.step(PASS, policy=f"Profile {name}")
            if name not in self.profiles:
                trail.append(dataclasses.replace(step, outcome=DENY, reason="the profile is missing"))
                return DENY
            said = _ask_rules(self.profiles[name].rules[subject.direction], sight, trail, step)
            if said in (ALLOW, DENY):
                return said
        trail.append(subject.step(DENY, "no policy or profile allows it"))
        return DENY


def _ask_tier(tier: Tier, subject: Subject, sight: Sight, trail: list[Step]) -> str | None:
    if not tier.readable:
        return None
    for policy in tier.policies:
        step = subject.step(PASS, tier=tier.name, policy=policy.title)
        said = _ask_rules(policy.rules[subject.direction], sight, trail, step)
        if said is not None:
            return said
    return None


def _ask_rules(rules: Sequence[Rule], sight: Sight, trail: list[Step], step: Step) -> str | None:
    """The action of the first rule that matches; Log is noted, and the next rule asked."""
    for index, rule in enumerate(rules):
        if rule.matches(sight):
            trail.append(dataclasses.replace(step, rule=index, outcome=rule.action))
            if rule.action != LOG:
                return rule.action
    return None


def end_of(tier: Tier, use: Use) -> str:
    """What becomes of a packet that no rule decided; before connection tracking it goes on to later policy."""
    if not tier.readable:
        return DENY
    return PASS if use in (Use.UNTRACKED, Use.PRE_DNAT) or tier.default_action == PASS else DENY


def _narrowed(tiers: Sequence[Tier], peer: Peer, direction: str, use: Use) -> Iterator[Tier]:
    for tier in tiers:
        found = tuple(
            policy
            for policy in tier.policies
            if use in policy.uses and direction in policy.rules and policy.subject.chooses(peer)
        )
        if found:
            yield dataclasses.replace(tier, policies=found)


def _ordered(snapshot: Snapshot, reader: Reader) -> Iterator[Tier]:
    """Tiers by order, missing last, then by name; policies of tiers that do not exist come after, and end in Deny."""
    by_tier: dict[str, list[Policy]] = {}
    for name, policy in sorted([*snapshot.policies.items(), *snapshot.network_policies.items()], key=_place):
        by_tier.setdefault(policy.spec.tier, []).append(reader.once((policy.KIND, name), policy, _policy))
    places = {name: tier.spec.order for name, tier in snapshot.tiers.items()}
    for name in sorted(by_tier, key=lambda name: (name not in places, _ascending(places.get(name)), name)):
        default = snapshot.tiers[name].spec.default_action if name in snapshot.tiers else DENY
        # The gate gives this place to what has none: see salvage.py.
        yield Tier(name, default, places.get(name) != -math.inf, tuple(by_tier[name]))


def _place(named: tuple[str, policies.Policy]) -> tuple[float, bytes]:
    """Where a policy stands in its tier: by order, missing last, then by ``name/namespace/kind`` byte for byte."""
    key, policy = named
    namespace, _slash, name = key.rpartition("/")
    return (_ascending(policy.spec.order), f"{name}/{namespace}/{policy.KIND}".encode())


def _ascending(order: float | None) -> float:
    return math.inf if order is None else order


def _policy(name: str, policy: policies.Policy) -> Policy:
    namespace = policy.metadata.namespace if policy.NAMESPACED else None
    rules = {
        direction: found
        for direction, found in _directions(policy.spec, namespace).items()
        if direction.capitalize() in policy.spec.types
    }
    return Policy(f"{policy.KIND} {name}", _uses(policy), Chooser(*_subject(policy)), rules)


def _profile(name: str, profile: profiles.Profile) -> Policy:
    """A profile is asked like a policy of those that name it."""
    return Policy(f"Profile {name}", frozenset(), Chooser(), _directions(profile.spec, None))


def _directions(spec: policy_specs.NetworkPolicySpec | profiles.ProfileSpec, namespace: str | None) -> _Directions:
    return {
        INGRESS: [Rule(rule, namespace) for rule in spec.ingress],
        EGRESS: [Rule(rule, namespace) for rule in spec.egress],
    }


def _uses(policy: policies.Policy) -> frozenset[Use]:
    """A NetworkPolicy that selects a HostEndpoint is also asked for what passes through the host."""
    if not isinstance(policy, policies.GlobalNetworkPolicy):
        return frozenset({Use.NORMAL, Use.FORWARD})
    if policy.spec.do_not_track:
        return frozenset({Use.UNTRACKED})
    if policy.spec.pre_dnat:
        return frozenset({Use.PRE_DNAT})
    return frozenset({Use.NORMAL, Use.FORWARD} if policy.spec.apply_on_forward else {Use.NORMAL})


def _subject(policy: policies.Policy) -> Sequence[selectors.Selector]:
    """Whom the policy is about: all parts must match. An empty selector says nothing at all.

    In a GlobalNetworkPolicy with a namespaceSelector (serviceAccountSelector), ``all()`` means, wherever it is written,
    to be in a namespace (to have a service account).
    """
    spec = policy.spec
    found = [selectors.parse(spec.selector)] if spec.selector else []
    if policy.NAMESPACED:
        found.append(of_namespace(policy.metadata.namespace or ""))
    elif isinstance(spec, policy_specs.GlobalNetworkPolicySpec) and spec.namespace_selector:
        found.append(of_namespaces(spec.namespace_selector))
        found = [selectors.substitute(part, everything=selectors.Has(NAMESPACE)) for part in found]
    if spec.service_account_selector:
        found.append(of_service_accounts(spec.service_account_selector))
        if not policy.NAMESPACED:
            found = [selectors.substitute(part, everything=selectors.Has(SERVICE_ACCOUNT)) for part in found]
    return found
