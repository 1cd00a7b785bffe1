"""The driver of the host's side of each container's cable: kernel settings, and the link-local gateway of IPv6.

An interface is set up once an era (links.py), and again when what it may send changes; ``resync`` looks at all of them
again. Interfaces are made and removed by the libnetwork plugin and by Docker, never here.
"""

from __future__ import annotations

import ipaddress
import pathlib
from collections.abc import Iterable, Set
from typing import Protocol

from .errors import DataplaneError
from .links import Link, Links
from .sysctls import Sysctls
from .veth import GATEWAY_IPV6

_LENGTH = 64
_ADDRESSES = pathlib.Path("/proc/net/if_inet6")


class Addresses(Protocol):
    """What the driver needs of netlink.Netlink."""

    def add_address(self, link: int, address: str, length: int) -> None: ...


class InterfaceDriver:
    """Sets up our interfaces."""

    def __init__(self, addresses: Addresses, sysctls: Sysctls, listing: pathlib.Path = _ADDRESSES) -> None:
        self._addresses = addresses
        self._sysctls = sysctls
        self._listing = listing
        self._done: dict[str, Link] = {}
        self._spoofing: Set[str] = frozenset()
        self._publishing: Set[str] = frozenset()

    def resync(self) -> None:
        """Look at every interface before the next write."""
        self._done.clear()

    def apply(
        self, names: Iterable[str], links: Links, spoofing: Iterable[str] = (), publishing: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """Set up the named interfaces that are up; what that changed. Raises DataplaneError after trying them all.

        ``spoofing`` are those that may send from more than their own addresses, ``publishing`` those to which ports of
        the host lead.
        """
        changed: list[str] = []
        problems: list[str] = []
        before, self._spoofing = self._spoofing, frozenset(spoofing)
        others = (before ^ self._spoofing) | (self._publishing ^ frozenset(publishing))
        self._publishing = frozenset(publishing)
        self._done = {name: link for name, link in self._done.items() if links.get(name) == link and name not in others}
        new = sorted(name for name in set(names) if name in links and name not in self._done)
        gateways = self._gateways() if new and self._sysctls.has_ipv6 else None
        for name in new:
            try:
                changed += self._set_up(name, links[name], gateways)
            except DataplaneError as error:
                problems.append(str(error))
        if problems:
            raise DataplaneError("; ".join(problems))
        return tuple(changed)

    def ready(self, links: Links) -> Links:
        """The links that are set up."""
        return {name: link for name, link in links.items() if self._done.get(name) == link}

    def _set_up(self, name: str, link: Link, gateways: frozenset[int] | None) -> tuple[str, ...]:
        changed = self._sysctls.interface(name, spoofing=name in self._spoofing, publishing=name in self._publishing)
        if gateways is not None and link.index not in gateways:
            self._addresses.add_address(link.index, GATEWAY_IPV6, _LENGTH)
            changed += (f"address {GATEWAY_IPV6}/{_LENGTH}",)
        self._done[name] = link
        return (f"{name}: {', '.join(changed)}",) if changed else ()

    def _gateways(self) -> frozenset[int]:
        """The indexes of the links that have the gateway's address."""
        wanted = ipaddress.IPv6Address(GATEWAY_IPV6).exploded.replace(":", "")
        try:
            lines = self._listing.read_text().splitlines()
        except OSError as error:
            raise DataplaneError(f"cannot list IPv6 addresses: {error}") from error
        return frozenset(int(line.split()[1], 16) for line in lines if line.startswith(wanted))
