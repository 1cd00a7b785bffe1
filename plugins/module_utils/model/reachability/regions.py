"""The addresses that belong to no endpoint, cut along every network that rules and network sets name.

Networks either contain each other or have nothing in common, so the innermost one that contains an address tells all
that do.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Container, Iterable, Iterator, Sequence

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
        for index in range(len(ordered)):
            found = _first_free(ordered, index, taken)
            if found is not None:
                yield found


def _first_free(
    ordered: Sequence[fields.Network], index: int, taken: Container[fields.Address]
) -> fields.Address | None:
    """In order, what is inside a network follows it at once, and the larger ones come before what they contain."""
    make = type(ordered[index].network_address)
    current, last = int(ordered[index].network_address), int(ordered[index].broadcast_address)
    for following in range(index + 1, len(ordered)):
        start = int(ordered[following].network_address)
        while current < min(start, last + 1) and make(current) in taken:
            current += 1
        if start > last or current < start:
            break
        current = max(current, int(ordered[following].broadcast_address) + 1)
    while current <= last and make(current) in taken:
        current += 1
    return make(current) if current <= last else None
