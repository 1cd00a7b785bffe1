"""Whose packets leave with an address of the host: from pools with natOutgoing to what is in no pool at all."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Mapping

from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot

from .settings import HOSTS_TOO, Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclasses.dataclass(frozen=True, slots=True)
class NatOutgoing:
    """``sources`` are not empty; disabled pools count like others, on both sides."""

    sources: tuple[Network, ...]
    inside: tuple[Network, ...]


def calculate(snapshot: Snapshot, settings: Settings) -> Mapping[int, NatOutgoing]:
    """By IP version, where there is something to translate."""
    found = {}
    for version in (4, 6):
        pools = [pool.spec for _name, pool in sorted(snapshot.pools.items()) if pool.spec.cidr.version == version]
        sources = tuple(pool.cidr for pool in pools if pool.nat_outgoing)
        if sources:
            hosts = _hosts(snapshot, version) if settings.nat_outgoing_exclusions == HOSTS_TOO else ()
            found[version] = NatOutgoing(sources, (*(pool.cidr for pool in pools), *hosts))
    return found


def _hosts(snapshot: Snapshot, version: int) -> tuple[Network, ...]:
    addresses = (node.address(version) for _name, node in sorted(snapshot.nodes.items()))
    return tuple(ipaddress.ip_network(address) for address in addresses if address is not None)
