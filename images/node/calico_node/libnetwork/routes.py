"""Which way a container with several networks sends: to a network's subnet by that network. Pure.

The engine gives a container one default route, and what leaves by an interface must have its address as the source. So
each network brings routes of its own: its subnets, and all pools, that a bridge network may have the default route.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

from . import networks

# The interface's alias keeps them, for which the kernel has 255 bytes.
_MOST_LETTERS = 150


def of(
    network: networks.Record, pools: Iterable[ip_pools.IPPool], versions: Iterable[int]
) -> tuple[fields.Network, ...]:
    """The destinations behind a network, those of the families that the endpoint has.

    What is behind an internal network are its own containers only: without a subnet, nobody can tell where they are.
    """
    wanted = [*network.subnets, *(() if network.internal else sorted(_cidrs(pools), key=str))]
    found: list[fields.Network] = []
    for destination in dict.fromkeys(wanted):
        if destination.version in versions and len(written((*found, destination))) <= _MOST_LETTERS:
            found.append(destination)
    return tuple(found)


def written(routes: Iterable[fields.Network]) -> str:
    """Routes as one word."""
    return ",".join(map(str, routes))


def read(word: str) -> tuple[fields.Network, ...]:
    """The routes of such a word; what is none is left out."""
    return tuple(_read(word.split(",")))


def _cidrs(pools: Iterable[ip_pools.IPPool]) -> Iterator[fields.Network]:
    return (pool.spec.cidr for pool in pools)


def _read(texts: Iterable[str]) -> Iterator[fields.Network]:
    for text in texts:
        try:
            yield fields.NETWORK.decode(text, True)
        except Invalid:
            continue
