"""Pools of addresses: none overlaps another, none changes its range, none goes while its addresses are assigned."""

from __future__ import annotations

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import ip_pools, resources
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Problem

from . import ipam, lookups
from .terms import Terms


def pool(store: stores.Store, stored: ip_pools.IPPool | None, wanted: ip_pools.IPPool | None) -> Terms:
    """An IPPool."""
    if wanted is not None:
        return _changed_pool(stored, wanted) if stored is not None else _new_pool(store, wanted)
    if stored is None:
        return Terms()
    return ipam.released(store, stored, lambda entry: ip_pools.overlap(entry.cidr, stored.spec.cidr))


def _changed_pool(stored: ip_pools.IPPool, wanted: ip_pools.IPPool) -> Terms:
    return Terms(problems=tuple(ip_pools.change_problems(stored, wanted)))


def _new_pool(store: stores.Store, wanted: ip_pools.IPPool) -> Terms:
    pools, revision = lookups.every(store, ip_pools.IPPool)
    problems = [problem for pool in pools for problem in ip_pools.overlap_problems([pool, wanted])]
    blocks, _revision = ipam.blocks(store)
    for block in blocks:
        # Left behind by an earlier pool; allocation would meet blocks of two sizes in one place.
        if ip_pools.overlap(block.cidr, wanted.spec.cidr) and block.cidr.prefixlen != wanted.spec.block_size:
            allowed = f"block {block.cidr} exists already and is of another size"
            problems.append(Problem("spec.blockSize", wanted.spec.block_size, allowed))
    return Terms(problems=tuple(problems), unchanged={resources.prefix_of(ip_pools.IPPool): revision})
