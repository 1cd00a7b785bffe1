"""The sets of what rules refer to: addresses, networks, and ports that a name stands for.

Networks stand in a concatenation with the number of their family, which tells nothing: before libnftables changes an
element of whatever set, it reads all that are in plain interval sets, which takes 14 ms with 10,000 networks. Those in
a concatenation are left to the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from calico_node.calc.matches import PortsByName, Selection
from calico_node.calc.members import Members, Named, Nets

from . import names, nft

_ADDRESS = {4: "ipv4_addr", 6: "ipv6_addr"}
_PORT = ("inet_proto", "inet_service")
_FAMILY = "nf_proto"
_FAMILIES = {4: 2, 6: 10}


def sets(members: Members) -> Iterator[tuple[str, nft.Set]]:
    """All of them, by name."""
    for named, by_version in members:
        for version, name in names_of(named).items():
            yield name, made(named, version, by_version[version])


def names_of(named: Named) -> Mapping[int, str]:
    """The names of the sets of something, by IP version."""
    return {version: _name(named, version) for version in _ADDRESS}


def _name(named: Named, version: int) -> str:
    if isinstance(named, Selection):
        return names.addresses(named, version)
    return names.ports(named, version) if isinstance(named, PortsByName) else names.nets(named, version)


def made(named: Named, version: int, members: Set[Any]) -> nft.Set:
    """The set of something; a live view of its members, but for networks."""
    address = _ADDRESS[version]
    if isinstance(named, Nets):
        return nft.Set((address, _FAMILY), elements(named, version, members), interval=True)
    return nft.Set((address, *_PORT) if isinstance(named, PortsByName) else (address,), members)


def elements(named: Named, version: int, members: Set[Any]) -> Set[nft.Element]:
    """Members as they stand in their set."""
    return {(network, _FAMILIES[version]) for network in members} if isinstance(named, Nets) else members
