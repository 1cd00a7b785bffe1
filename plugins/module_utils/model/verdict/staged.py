"""What would hold if the staged policies were in force: a snapshot to ask the same questions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from ansible_collections.calico.docker.plugins.module_utils.model import policies, policy_specs
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

P = TypeVar("P", bound=policies.Policy)


def enforced(snapshot: Snapshot) -> Snapshot:
    """The snapshot in which each staged policy takes the place of the one of its name, or deletes it."""
    return dataclasses.replace(
        snapshot,
        policies=_after(snapshot.policies, snapshot.staged_policies, policies.GlobalNetworkPolicy),
        network_policies=_after(snapshot.network_policies, snapshot.staged_network_policies, policies.NetworkPolicy),
        staged_policies={},
        staged_network_policies={},
    )


def _after(present: Mapping[str, P], staged: Mapping[str, policies.Policy], kind: type[P]) -> Mapping[str, P]:
    found = dict(present)
    for name, policy in staged.items():
        found.pop(name, None)
        if policy.spec.staged_action != policy_specs.DELETE:  # type: ignore[attr-defined]
            found[name] = kind(policy.metadata, _unstaged(policy.spec, kind.SPEC))
    return found


def _unstaged(spec: policy_specs.NetworkPolicySpec, kind: type[Any]) -> Any:
    return kind(**{field.name: getattr(spec, field.name) for field in dataclasses.fields(kind)})
