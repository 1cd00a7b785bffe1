"""The rules between resources, one guard a kind: what upstream's clients refuse, and what would strand addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import (
    bgp_filters,
    bgp_peers,
    errors,
    ip_pools,
    nodes,
    policies,
    resources,
    tiers,
)

from . import peering, pooling, registration, tiering
from .terms import Guard, Terms

GUARDS: Mapping[type[resources.Resource], Guard] = {
    bgp_filters.BGPFilter: peering.route_filter,
    bgp_peers.BGPPeer: peering.peer,
    ip_pools.IPPool: pooling.pool,
    nodes.Node: registration.node,
    tiers.Tier: tiering.tier,
    **dict.fromkeys(policies.KINDS, tiering.policy),
}


def check(store: stores.Store, kind: type[resources.Resource], stored: Any, wanted: Any) -> Terms:
    """The terms of a change. Raises Invalid with everything that speaks against it."""
    guard = GUARDS.get(kind)
    terms = Terms() if guard is None else guard(store, stored, wanted)
    if terms.problems:
        raise errors.Invalid(terms.problems)
    return terms
