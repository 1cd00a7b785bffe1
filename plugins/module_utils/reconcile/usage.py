"""How full pools are, which blocks they are cut into and whose, and who holds an address. Only reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import errors, fields, ip_pools, resources
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import config, holders
from ansible_collections.calico.docker.plugins.module_utils.model.ipam.blocks import Block

from . import books


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """An address that is out: by which handle, for which node, since when; ``endpoint`` is who has it, if anybody."""

    address: fields.Address
    handle: str
    attributes: Mapping[str, Any]
    released_at: str | None
    endpoint: str | None

    @property
    def node(self) -> str | None:
        return self.attributes.get("node")


@dataclasses.dataclass(frozen=True, slots=True)
class Usage:
    """Pools and blocks in the order of addresses; ``unreadable`` are keys with the reason."""

    pools: tuple[ip_pools.IPPool, ...]
    blocks: tuple[Block, ...]
    endpoints: Mapping[fields.Address, str]
    settings: config.Config
    unreadable: tuple[str, ...]

    def of_pool(self, pool: ip_pools.IPPool) -> tuple[Block, ...]:
        """The pool's blocks."""
        return tuple(block for block in self.blocks if ip_pools.overlap(block.cidr, pool.spec.cidr))

    def without_pool(self) -> tuple[Block, ...]:
        """Blocks that pools left behind."""
        known = [pool.spec.cidr for pool in self.pools]
        return tuple(block for block in self.blocks if not any(ip_pools.overlap(block.cidr, cidr) for cidr in known))

    def held(self, block: Block) -> Iterator[Held]:
        """Every address of a block that is out."""
        for address, holder in block.holders():
            released = holder.get("releasedAt")
            attributes = dict(holders.secondary(holder))
            yield Held(address, holders.handle_of(holder), attributes, released, self.endpoints.get(address))

    def holder(self, address: fields.Address) -> Held | None:
        """Who holds an address; None if it is free."""
        found = (held for block in self.blocks if address in block.cidr for held in self.held(block))
        return next((held for held in found if held.address == address), None)


def read(store: stores.Store, now: float) -> Usage:
    """All of it as of about ``now`` (seconds). Raises StoreError, Invalid for settings that cannot be read."""
    every = books.every_block(store, now)
    pools: list[ip_pools.IPPool] = []
    unreadable = [f"block {cidr}: its record breaks the rules of blocks" for cidr, block in every.items() if not block]
    for record in store.list(resources.prefix_of(ip_pools.IPPool)).records:
        try:
            pools.append(ip_pools.IPPool.decode(record.document()))
        except errors.Invalid as error:
            unreadable.append(f"{record.key}: {error}")
    found = [stored.block for stored in every.values() if stored is not None]
    return Usage(
        tuple(sorted(pools, key=lambda pool: _position(pool.spec.cidr))),
        tuple(sorted(found, key=lambda block: _position(block.cidr))),
        {address: one.resource.name for one in books.endpoints(store).found for address in one.addresses},
        books.settings(store),
        tuple(unreadable),
    )


def _position(cidr: fields.Network) -> tuple[int, int]:
    return cidr.version, int(cidr.network_address)
