"""The settings of address management, as ``calicoctl ipam configure`` writes them. Pure.

An absent record and an empty one differ: upstream drops false values, so ``{}`` says that blocks are not allocated
automatically.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

BLOCKS_PER_HOST = 20  # upstream's limit where none is set


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What holds where no record is stored."""

    strict_affinity: bool = False
    auto_allocate_blocks: bool = True
    max_blocks_per_host: int = BLOCKS_PER_HOST
    cooldown_seconds: int = 0


def decode(document: object) -> Config:
    """Read a stored record; raises Invalid."""
    if not isinstance(document, Mapping):
        raise Invalid.of(document, "must be an object", "ipam config")
    return Config(
        strict_affinity=bool(document.get("strict_affinity")),
        auto_allocate_blocks=bool(document.get("auto_allocate_blocks")),
        max_blocks_per_host=_count(document, "maxBlocksPerHost") or BLOCKS_PER_HOST,
        cooldown_seconds=_count(document, "ipCooldownSeconds"),
    )


def _count(document: Mapping[str, object], name: str) -> int:
    value = document.get(name) or 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Invalid.of(value, "must be a whole number from 0", f"ipam config.{name}")
    return value
