"""Which groups of endpoints gain or lose which traffic, from one snapshot to another: what a change of policy does.

Exact for all packets between two containers, or a container and an address that is none: what verdict says of egress
at the one and of ingress at the other. Not compared is what HostEndpoints do to packets of their hosts, or that pass
through them; whether that changes is told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot
from ansible_collections.calico.docker.plugins.module_utils.model.verdict import EGRESS, INGRESS, Oracle, policies

from . import families, groups, lines
from .lines import Change

__all__ = ["MOST_PAIRS", "Change", "Comparison", "reachability"]

# Pairs of groups that are compared, in each family: some seconds at the very worst.
MOST_PAIRS = 200_000


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """``changes`` by names; ``not_compared`` pairs of groups were too many; ``hosts`` have other policy than before."""

    changes: tuple[Change, ...]
    not_compared: int = 0
    hosts: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The changes for people."""
        found = [str(change) for change in self.changes]
        if self.not_compared:
            found.append(f"and {self.not_compared} more pairs of groups, not compared")
        if self.hosts:
            found.append(f"other policy for the HostEndpoints {', '.join(self.hosts)}, whose traffic is not compared")
        return found


def reachability(before: Snapshot, after: Snapshot, *, most_pairs: int = MOST_PAIRS) -> Comparison:
    """Compare two snapshots of the same endpoints."""
    oracle = Oracle(before)
    oracles = (oracle, Oracle(after, oracle.memory))
    containers = groups.containers(*oracles)
    found = {family: families.compare(family, *oracles, containers, most=most_pairs) for family in (4, 6)}
    not_compared = sum(family.not_compared for family in found.values())
    return Comparison(lines.changes(found), not_compared, tuple(_changed_hosts(*oracles)))


def _changed_hosts(before: Oracle, after: Oracle) -> Iterator[str]:
    """HostEndpoints that ask other policy than before. Policy that did not change is the same object."""
    for name in after.peers.hosts:
        if name in before.peers.hosts and _asked(before, name) != _asked(after, name):
            yield name


def _asked(oracle: Oracle, name: str) -> object:
    peer = oracle.peers.hosts[name]
    known = oracle.policies.profiles
    profiles = tuple(known.get(profile) for profile in oracle.snapshot.host_endpoints[name].spec.profiles)
    tiers = [
        (use, tier.name, tier.default_action, tier.readable, tier.policies)
        for direction in (INGRESS, EGRESS)
        for use in policies.Use
        for tier in oracle.policies.applying(peer, direction, use)
    ]
    return tiers, profiles
