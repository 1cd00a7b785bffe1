"""Modules ``ipam_info`` and ``ipam_release``. Private to this collection."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.calico.docker.plugins.module_utils import resource_module, store
from ansible_collections.calico.docker.plugins.module_utils.model import errors, fields, ip_pools, schema
from ansible_collections.calico.docker.plugins.module_utils.model.ipam.blocks import Block
from ansible_collections.calico.docker.plugins.module_utils.reconcile import releasing, usage

_ADDRESSES: schema.Form[tuple[fields.Address, ...]] = fields.sequence(fields.ADDRESS)


def show(module: AnsibleModule, *, open_store: resource_module.Opener = store.open) -> None:
    """Tell how full pools are, and who holds which address."""
    parameters = module.params
    with resource_module.failing(module):
        asked = _addresses(parameters["addresses"])
        with open_store(resource_module.config(parameters)) as opened:
            found = usage.read(opened, time.time())
    for text in found.unreadable:
        module.warn(f"left out, not valid: {text}")
    whose = parameters["node"]
    held = [one for block in found.blocks for one in found.held(block) if whose in (None, one.node)]
    module.exit_json(
        changed=False,
        pools=[_pool(pool, found.of_pool(pool)) for pool in found.pools],
        blocks=[_block(block) for block in found.blocks if whose in (None, block.node)],
        blocks_without_pool=[str(block.cidr) for block in found.without_pool()],
        addresses=[_held(one) for one in held if asked is None or one.address in asked],
        settings=dataclasses.asdict(found.settings),
    )


def release(module: AnsibleModule, *, open_store: resource_module.Opener = store.open) -> None:
    """Give addresses back that nobody has."""
    parameters = module.params
    with resource_module.failing(module):
        given = _addresses(parameters["addresses"])
        with open_store(resource_module.config(parameters)) as opened:
            now = time.time()
            wanted = releasing.of_handle(opened, parameters["handle"], now) if given is None else given
            found = releasing.release(opened, wanted, now, force=parameters["force"], check_mode=module.check_mode)
    released = [str(address) for address in found.addresses]
    module.exit_json(
        changed=bool(released),
        diff={"before": {"held": released}, "after": {"held": []}} if released else {"before": {}, "after": {}},
        released=released,
        free=[str(address) for address in found.free],
    )


def _addresses(given: list[str] | None) -> tuple[fields.Address, ...] | None:
    try:
        return None if given is None else _ADDRESSES.decode(given, True)
    except errors.Invalid as error:
        raise errors.Invalid(error.under("addresses")) from None


def _pool(pool: ip_pools.IPPool, every: Iterable[Block]) -> dict[str, Any]:
    total, used = pool.spec.cidr.num_addresses, sum(block.taken for block in every)
    return {
        "name": pool.name,
        "cidr": str(pool.spec.cidr),
        "block_size": pool.spec.block_size,
        "disabled": pool.spec.disabled,
        "total": total,
        "used": used,
        "free": total - used,
    }


def _block(block: Block) -> dict[str, Any]:
    total = block.cidr.num_addresses
    return {
        "cidr": str(block.cidr),
        "node": block.node,
        "total": total,
        "used": block.taken,
        "free": total - block.taken,
    }


def _held(one: usage.Held) -> dict[str, Any]:
    return {
        "address": str(one.address),
        "node": one.node,
        "handle": one.handle or None,
        "endpoint": one.endpoint,
        "attributes": dict(one.attributes),
        "released_at": one.released_at,
    }
