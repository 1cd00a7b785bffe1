"""The rules between resources, one guard a kind: what upstream's clients refuse, and what would strand addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import (
    errors,
    ip_pools,
    nodes,
    policies,
    resources,
    tiers,
    workload_endpoints,
)
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Problem

from . import ipam
from .terms import Guard, Terms

R = TypeVar("R", bound=resources.Resource)


def check(store: stores.Store, kind: type[resources.Resource], stored: Any, wanted: Any) -> Terms:
    """The terms of a change. Raises Invalid with everything that speaks against it."""
    guard = GUARDS.get(kind)
    terms = Terms() if guard is None else guard(store, stored, wanted)
    if terms.problems:
        raise errors.Invalid(terms.problems)
    return terms


def _pool(store: stores.Store, stored: ip_pools.IPPool | None, wanted: ip_pools.IPPool | None) -> Terms:
    if wanted is not None:
        return _changed_pool(stored, wanted) if stored is not None else _new_pool(store, wanted)
    if stored is None:
        return Terms()
    return _released(store, stored, lambda entry: ip_pools.overlap(entry.cidr, stored.spec.cidr))


def _changed_pool(stored: ip_pools.IPPool, wanted: ip_pools.IPPool) -> Terms:
    return Terms(problems=tuple(ip_pools.change_problems(stored, wanted)))


def _new_pool(store: stores.Store, wanted: ip_pools.IPPool) -> Terms:
    pools, revision = _all(store, ip_pools.IPPool)
    problems = [problem for pool in pools for problem in ip_pools.overlap_problems([pool, wanted])]
    blocks, _revision = ipam.blocks(store)
    for block in blocks:
        # Left behind by an earlier pool; allocation would meet blocks of two sizes in one place.
        if ip_pools.overlap(block.cidr, wanted.spec.cidr) and block.cidr.prefixlen != wanted.spec.block_size:
            allowed = f"block {block.cidr} exists already and is of another size"
            problems.append(Problem("spec.blockSize", wanted.spec.block_size, allowed))
    return Terms(problems=tuple(problems), unchanged={resources.prefix_of(ip_pools.IPPool): revision})


def _node(store: stores.Store, stored: nodes.Node | None, wanted: nodes.Node | None) -> Terms:
    if wanted is not None:
        return _registered_node(store, stored, wanted)
    if stored is None:
        return Terms()
    endpoints, revision = _all(store, workload_endpoints.WorkloadEndpoint)
    count = sum(endpoint.host == stored.name for endpoint in endpoints)
    problems = [Problem("metadata.name", stored.name, f"{count} endpoints of the node exist")] if count else []
    released = _released(store, stored, lambda entry: entry.node == stored.name)
    return Terms(
        problems=(*problems, *released.problems),
        expect=released.expect,
        unchanged={**released.unchanged, resources.prefix_of(workload_endpoints.WorkloadEndpoint): revision},
        deletes=released.deletes,
    )


def _registered_node(store: stores.Store, stored: nodes.Node | None, wanted: nodes.Node) -> Terms:
    """Two hosts of one address would both be wrong; a node that keeps its own is not asked again."""
    new = {
        version: address
        for version in (4, 6)
        if (address := wanted.address(version)) and (stored is None or stored.address(version) != address)
    }
    if not new:
        return Terms()
    others, revision = _all(store, nodes.Node)
    problems = [
        Problem(f"spec.bgp.ipv{version}Address", str(address), f"is the address of node {other.name}")
        for other in others
        for version, address in new.items()
        if other.name != wanted.name and other.address(version) == address
    ]
    return Terms(problems=tuple(problems), unchanged={resources.prefix_of(nodes.Node): revision})


def _policy(
    store: stores.Store,
    _stored: policies.GlobalNetworkPolicy | None,
    wanted: policies.GlobalNetworkPolicy | None,
) -> Terms:
    if wanted is None:
        return Terms()
    key = resources.key_of(tiers.Tier, wanted.spec.tier)
    record = store.get(key)
    if record is None:
        return Terms(problems=(Problem("spec.tier", wanted.spec.tier, "there is no such Tier: create it first"),))
    return Terms(expect={key: record.revision})


def _tier(store: stores.Store, stored: tiers.Tier | None, wanted: tiers.Tier | None) -> Terms:
    if wanted is not None or stored is None:
        return Terms()
    if stored.name in tiers.WELL_KNOWN:
        return Terms(problems=(Problem("metadata.name", stored.name, "every cluster has this tier"),))
    found, revision = _all(store, policies.GlobalNetworkPolicy)
    users = sorted(policy.name for policy in found if policy.spec.tier == stored.name)
    problems = [Problem("metadata.name", stored.name, f"used by policies {', '.join(users)}")] if users else []
    return Terms(problems=tuple(problems), unchanged={resources.prefix_of(policies.GlobalNetworkPolicy): revision})


GUARDS: Mapping[type[resources.Resource], Guard] = {
    ip_pools.IPPool: _pool,
    nodes.Node: _node,
    policies.GlobalNetworkPolicy: _policy,
    tiers.Tier: _tier,
}


def _released(store: stores.Store, resource: resources.Resource, concerns: Callable[[ipam.Entry], bool]) -> Terms:
    """Remove the empty blocks and the affinities of a resource with it; refuse while addresses are assigned."""
    blocks, as_of = ipam.blocks(store)
    affinities, affinities_as_of = ipam.affinities(store)
    entries = [entry for entry in (*blocks, *affinities) if concerns(entry)]
    used = sum(entry.used for entry in entries)
    problem = Problem("metadata.name", resource.name, f"{used} of its addresses are assigned: remove the containers")
    return Terms(
        problems=(problem,) if used else (),
        expect={entry.key: entry.revision for entry in entries},
        unchanged={ipam.BLOCKS: as_of, ipam.AFFINITIES: affinities_as_of},
        deletes=tuple(entry.key for entry in entries),
    )


def _all(store: stores.Store, kind: type[R]) -> tuple[list[R], int]:
    """The valid resources of a kind, and the revision that this is true of."""
    listing = store.list(resources.prefix_of(kind))
    found = []
    for record in listing.records:
        try:
            found.append(kind.decode(record.document()))
        except errors.Invalid:  # it stands for nothing: the node's agent reports it
            continue
    return found, listing.revision
