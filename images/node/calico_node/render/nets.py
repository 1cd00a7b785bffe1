"""Networks as nftables lists them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from . import nft

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PROTOCOLS = {4: "ip", 6: "ip6"}
FAMILIES = {4: 2, 6: 10}


def match(version: int, field: str, nets: Iterable[Network], operator: str = "==") -> nft.Expression:
    """An address (``saddr``, ``daddr``) in networks of its family, at least one; any packet if in all."""
    listed = tuple(nets)
    if holds_all(listed):
        return nft.match(nft.meta("nfproto"), FAMILIES[version], operator)
    return nft.match(nft.payload(_PROTOCOLS[version], field), nft.one_of(intervals(listed)), operator)


def holds_all(nets: Iterable[Network]) -> bool:
    """Whether every address of the family is in one of them."""
    return any(network.prefixlen == 0 for network in nets)


def intervals(nets: Iterable[Network]) -> tuple[object, ...]:
    """The networks as nftables lists an interval set: ascending, neighbours joined."""
    ranges: list[list[int]] = []
    kind = type(next(iter(nets)).network_address)
    for low, high in sorted((int(net.network_address), int(net.broadcast_address)) for net in nets):
        if ranges and low <= ranges[-1][1] + 1:
            ranges[-1][1] = max(ranges[-1][1], high)
        else:
            ranges.append([low, high])
    return tuple(_interval(kind(low), kind(high)) for low, high in ranges)


def _interval(
    low: ipaddress.IPv4Address | ipaddress.IPv6Address, high: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> object:
    (first, *others) = ipaddress.summarize_address_range(low, high)
    if others:
        return {"range": [str(low), str(high)]}
    if first.prefixlen == first.max_prefixlen:
        return str(low)
    return {"prefix": {"addr": str(low), "len": first.prefixlen}}
