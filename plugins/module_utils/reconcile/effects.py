"""What a change of policy would open and cut, told before it is made.

Reads the whole store, so it is asked only where somebody will read the answer.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import (
    kinds,
    network_sets,
    policies,
    profiles,
    reachability,
    resources,
    snapshot_builder,
    tiers,
)

# The kinds that decide who reaches whom.
KINDS: frozenset[type[resources.Resource]] = frozenset(
    {
        network_sets.GlobalNetworkSet,
        network_sets.NetworkSet,
        policies.GlobalNetworkPolicy,
        policies.NetworkPolicy,
        profiles.Profile,
        tiers.Tier,
    }
)
MOST_LINES = 100


@dataclasses.dataclass(frozen=True, slots=True)
class _Change:
    key: str
    value: bytes | None


def foresee(store: stores.Store, identity: kinds.KeyParts, after: Mapping[str, Any] | None) -> list[str]:
    """Lines such as ``frontend -> backend tcp/5432: deny -> allow, 14 endpoints``. Raises StoreError."""
    return foresee_all(store, [(identity, after)])


def foresee_all(store: stores.Store, changes: Iterable[tuple[kinds.KeyParts, Mapping[str, Any] | None]]) -> list[str]:
    """The same of many changes together. Raises StoreError."""
    listing = store.list(resources.PREFIX)
    before = snapshot_builder.build(listing.records, listing.revision)
    events = [
        _Change(
            resources.key_of(identity.kind, identity.name, identity.namespace),
            None if after is None else json.dumps(after).encode(),
        )
        for identity, after in changes
    ]
    lines = reachability.reachability(before, snapshot_builder.apply(before, events, listing.revision)).lines()
    more = [f"and {len(lines) - MOST_LINES} more changes"] if len(lines) > MOST_LINES else []
    return lines[:MOST_LINES] + more
