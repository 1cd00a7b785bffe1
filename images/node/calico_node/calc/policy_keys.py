"""The policies of a snapshot, whatever their kind, under one kind of key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.calico.docker.plugins.module_utils.model import policies, policy_specs
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from .rulesets import Key


def by_kind(snapshot: Snapshot) -> Mapping[str, Mapping[str, policies.Policy]]:
    """The mappings of a snapshot that hold policies."""
    return {
        policies.GlobalNetworkPolicy.KIND: snapshot.policies,
        policies.NetworkPolicy.KIND: snapshot.network_policies,
        policies.StagedGlobalNetworkPolicy.KIND: snapshot.staged_policies,
        policies.StagedNetworkPolicy.KIND: snapshot.staged_network_policies,
    }


def find(snapshot: Snapshot, key: Key) -> policies.Policy:
    """A policy that is there."""
    return by_kind(snapshot)[key.kind][key.name]


def every(snapshot: Snapshot) -> Iterator[tuple[Key, policies.Policy]]:
    """All that take part: one that rehearses a deletion has nothing to say itself."""
    for kind, mapping in by_kind(snapshot).items():
        for name, policy in mapping.items():
            if getattr(policy.spec, "staged_action", policy_specs.SET) != policy_specs.DELETE:
                yield Key(kind, name), policy
