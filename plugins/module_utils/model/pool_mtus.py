"""The MTU of a pool: Calico's IPPool has no field for it, so it stands in an annotation, which upstream keeps."""

from __future__ import annotations

import dataclasses

from . import ip_pools
from .errors import Invalid

ANNOTATION = "calico.docker/mtu"
MTUS = range(1280, 65536)  # with less the kernel switches IPv6 off; more than 65535 a veth pair does not take


def of(pool: ip_pools.IPPool) -> int | None:
    """What the pool says. Raises Invalid."""
    text = pool.metadata.annotations.get(ANNOTATION)
    return None if text is None else parse(text)


def parse(text: str) -> int:
    """An MTU from its digits. Raises Invalid."""
    # Other scripts have digits too, and Python refuses numbers of thousands of them.
    if text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) in MTUS:
        return int(text)
    raise Invalid.of(text, f"must be a number from {MTUS.start} to {MTUS[-1]}", f"metadata.annotations[{ANNOTATION}]")


def stated(pool: ip_pools.IPPool, mtu: int | None) -> ip_pools.IPPool:
    """The pool with this MTU, or with none. Raises Invalid."""
    annotations = {name: value for name, value in pool.metadata.annotations.items() if name != ANNOTATION}
    if mtu is not None:
        annotations[ANNOTATION] = str(parse(str(mtu)))
    return dataclasses.replace(pool, metadata=dataclasses.replace(pool.metadata, annotations=annotations))
