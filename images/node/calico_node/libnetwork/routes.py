"""Which way a container with several networks sends: to a network's own part of a pool by that network. Pure.

The engine gives a container one default route, and what leaves by an interface must have its address as the source.
But it also refuses an interface whose address lies behind a route that the container has already: so there is a route
only to what no other network takes addresses of, which a whole pool is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ip_pools
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid

# The interface's alias keeps them, for which the kernel has 255 bytes.
_MOST = 4


def of(
    subnets: Iterable[fields.Network],
    *,
    others: Collection[fields.Network],
    pools: Collection[ip_pools.IPPool],
    versions: Collection[int],
) -> tuple[fields.Network, ...]:
    """The destinations behind a network: its own ``subnets``, by the families of the endpoint.

    ``others`` are the subnets of other networks of this host.
    """
    own = (subnet for subnet in subnets if subnet.version in versions and is_part(subnet, pools))
    return tuple(subnet for subnet in own if not any(ip_pools.overlap(subnet, other) for other in others))[:_MOST]


def is_part(subnet: fields.Network, pools: Iterable[ip_pools.IPPool]) -> bool:
    """Whether a subnet is less than a pool, so that networks without subnet need no address of it."""
    return not any(subnet == pool.spec.cidr for pool in pools)


def written(routes: Iterable[fields.Network]) -> str:
    """Routes as one word."""
    return ",".join(map(str, routes))


def read(word: str) -> tuple[fields.Network, ...]:
    """The routes of such a word; what is none is left out."""
    return tuple(_read(word.split(",")))


def _read(texts: Iterable[str]) -> Iterator[fields.Network]:
    for text in texts:
        try:
            yield fields.NETWORK.decode(text, True)
        except Invalid:
            continue
