"""What guards endpoints of given labels and profiles, in evaluation order: tiers of policies, then profiles.

Does not know what the policies' rules say (rulesets.py), nor chains (render).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import (
    gate,
    policies,
    policy_specs,
    selectors,
    tiers,
)
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from . import policy_keys
from .rulesets import DIRECTIONS, Key


@dataclasses.dataclass(frozen=True, slots=True)
class Tier:
    """The policies of one tier that apply; what they leave undecided is denied, or passed on to the next tier.

    A tier whose place is unknown has none: it denies. One with staged policies only decides nothing: it passes.
    """

    name: str
    policies: tuple[Key, ...]
    passes: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Guard:
    """Everything that decides on a packet in one direction; equal guards are one chain."""

    direction: str
    tiers: tuple[Tier, ...]
    profiles: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """A policy's key, subject and directions."""

    key: Key
    subject: selectors.Selector
    directions: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class OrderedTier:
    """A tier with all its policies, in order; ``placed`` is false if nobody knows where it belongs."""

    name: str
    passes: bool
    placed: bool
    policies: tuple[Policy, ...]


def is_ordinary(policy: policies.Policy) -> bool:
    """Whether a policy is for endpoints of any kind: untracked and preDNAT ones are for hosts' own interfaces only."""
    spec = policy.spec
    return not isinstance(spec, policy_specs.GlobalNetworkPolicySpec) or not (spec.do_not_track or spec.pre_dnat)


def ordered(snapshot: Snapshot, counts: Callable[[policies.Policy], bool] = is_ordinary) -> tuple[OrderedTier, ...]:
    """Tiers and the policies that count, in evaluation order; those of a missing tier come last and end in Deny."""
    members: dict[str, list[tuple[Key, policies.Policy]]] = {}
    for key, policy in policy_keys.every(snapshot):
        if counts(policy):
            members.setdefault(policy.spec.tier, []).append((key, policy))
    known = snapshot.tiers
    return tuple(
        OrderedTier(
            name=name,
            passes=name in known and known[name].spec.default_action == "Pass",
            placed=name not in known or known[name].spec.order != gate.FIRST,
            policies=_in_order(members[name]),
        )
        for name in sorted(members, key=lambda name: _place(name, known))
    )


def _place(name: str, known: Mapping[str, tiers.Tier]) -> tuple[bool, bool, float, str]:
    order = known[name].spec.order if name in known else None
    return (name not in known, order is None, order or 0.0, name)


def _in_order(found: Iterable[tuple[Key, policies.Policy]]) -> tuple[Policy, ...]:
    return tuple(
        Policy(key, policy.subject(), tuple(word.lower() for word in policy.spec.types))
        for key, policy in sorted(found, key=lambda one: policies.evaluation_order(one[1], one[0].name))
    )


def guards(everything: Iterable[OrderedTier], labels: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Guard]:
    """The guard of each direction for endpoints with these labels and profile names."""
    applying = [(tier, [policy for policy in tier.policies if policy.subject.matches(labels)]) for tier in everything]
    return {direction: Guard(direction, tuple(_tiers(applying, direction)), names) for direction in DIRECTIONS}


def _tiers(applying: Iterable[tuple[OrderedTier, list[Policy]]], direction: str) -> Iterable[Tier]:
    """A tier without a policy for the direction does nothing there."""
    for tier, found in applying:
        keys = tuple(policy.key for policy in found if direction in policy.directions)
        if all(key.staged for key in keys):
            if keys:
                yield Tier(tier.name, keys, passes=True)
        else:
            yield Tier(tier.name, keys if tier.placed else (), tier.passes)
