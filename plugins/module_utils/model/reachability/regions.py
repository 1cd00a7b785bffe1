"""The addresses that belong to no endpoint, cut along every network that rules and network sets name.

Networks either contain each other or have nothing in common, so the innermost one that contains an address tells all
that do.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Container, Iterable, Iterator

from ansible_collections.calico.docker.plugins.module_utils.model import fields

ROOTS: dict[int, fields.Network] = {4: ipaddress.ip_network("0.0.0.0/0"), 6: ipaddress.ip_network("::/0")}


class Networks:
    """Networks of one family, and the whole family around them."""

    def __init__(self, family: int, networks: Iterable[fields.Network]) -> None:
        chosen = {ROOTS[family], *(network for network in networks if network.version == family)}
        self._bits = 32 if family == 4 else 128
        self._known: dict[tuple[int, int], fields.Network] = {}
        for network in chosen:
            shift = self._bits - network.prefixlen
            self._known[shift, int(network.network_address) >> shift] = network
        self._shifts = sorted({shift for shift, _number in self._known})

    def all(self) -> Iterable[fields.Network]:
        return self._known.values()

    def innermost(self, address: fields.Address) -> fields.Network:
        """The smallest network that contains an address."""
        return next(self.around(address))

    def around(self, address: fields.Address) -> Iterator[fields.Network]:
        """Every network that contains an address, the smallest first."""
        number = int(address)
        for shift in self._shifts:
            network = self._known.get((shift, number >> shift))
            if network is not None:
                yield network

    def samples(self, taken: Container[fields.Address]) -> Iterator[fields.Address]:
        """Of each network an address that is in no smaller one and not taken, if there is any."""
        ordered = sorted(self._known.values(), key=lambda network: (network.network_address, network.prefixlen))
        for index, network in enumerate(ordered):
            found = _first_free(network, ordered[index + 1 :], taken)
            if found is not None:
                yield found


def _first_free(
    network: fields.Network, following: Iterable[fields.Network], taken: Container[fields.Address]
) -> fields.Address | None:
    """``following`` are in order, so those inside the network come first, and larger ones before what they contain."""
    make = type(network.network_address)
    current, last = int(network.network_address), int(network.broadcast_address)
    for other in following:
        start, end = int(other.network_address), int(other.broadcast_address)
        if start > last:
            break
        while current < start and make(current) in taken:
            current += 1
        if current < start:
            return make(current)
        current = max(current, end + 1)
    while current <= last and make(current) in taken:
        current += 1
    return make(current) if current <= last else None
