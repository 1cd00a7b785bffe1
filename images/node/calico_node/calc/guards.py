"""What guards endpoints of given labels and profiles, in evaluation order: tiers of policies, then profiles.

Does not know what the policies' rules say (rulesets.py), nor chains (render).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import gate, policies, selectors, tiers
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from .rulesets import DIRECTIONS


@dataclasses.dataclass(frozen=True, slots=True)
class Tier:
    """The policies of one tier that apply; what they leave undecided is denied, or passed on to the next tier.

    A tier whose place is unknown has none: it denies.
    """

    name: str
    policies: tuple[str, ...]
    passes: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Guard:
    """Everything that decides on a packet in one direction; equal guards are one chain."""

    direction: str
    tiers: tuple[Tier, ...]
    profiles: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """A policy's stored name, subject and directions."""

    name: str
    subject: selectors.Selector
    directions: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class OrderedTier:
    """A tier with all its policies, in order; ``placed`` is false if nobody knows where it belongs."""

    name: str
    passes: bool
    placed: bool
    policies: tuple[Policy, ...]


def is_ordinary(policy: policies.GlobalNetworkPolicy) -> bool:
    """Whether a policy is for endpoints of any kind: untracked and preDNAT ones are for hosts' own interfaces only."""
    return not policy.spec.do_not_track and not policy.spec.pre_dnat


def ordered(
    snapshot: Snapshot, counts: Callable[[policies.GlobalNetworkPolicy], bool] = is_ordinary
) -> tuple[OrderedTier, ...]:
    """Tiers and the policies that count, in evaluation order; those of a missing tier come last and end in Deny."""
    members: dict[str, list[str]] = {}
    for name, policy in snapshot.policies.items():
        if counts(policy):
            members.setdefault(policy.spec.tier, []).append(name)
    known = {tiers.DEFAULT: tiers.well_known()} | dict(snapshot.tiers)
    return tuple(
        OrderedTier(
            name=name,
            passes=name in known and known[name].spec.default_action == "Pass",
            placed=name not in known or known[name].spec.order != gate.FIRST,
            policies=_in_order(members[name], snapshot.policies),
        )
        for name in sorted(members, key=lambda name: _place(name, known))
    )


def _place(name: str, known: Mapping[str, tiers.Tier]) -> tuple[bool, bool, float, str]:
    order = known[name].spec.order if name in known else None
    return (name not in known, order is None, order or 0.0, name)


def _in_order(names: Iterable[str], known: Mapping[str, policies.GlobalNetworkPolicy]) -> tuple[Policy, ...]:
    found = sorted(names, key=lambda name: policies.evaluation_order(known[name], name))
    return tuple(
        Policy(name, known[name].subject(), tuple(word.lower() for word in known[name].spec.types)) for name in found
    )


def guards(everything: Iterable[OrderedTier], labels: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Guard]:
    """The guard of each direction for endpoints with these labels and profile names."""
    applying = [(tier, [policy for policy in tier.policies if policy.subject.matches(labels)]) for tier in everything]
    return {direction: Guard(direction, tuple(_tiers(applying, direction)), names) for direction in DIRECTIONS}


def _tiers(applying: Iterable[tuple[OrderedTier, list[Policy]]], direction: str) -> Iterable[Tier]:
    """A tier without a policy for the direction does nothing there."""
    for tier, found in applying:
        names = tuple(policy.name for policy in found if direction in policy.directions)
        if names:
            yield Tier(tier.name, names if tier.placed else (), tier.passes)
