"""The veth pairs of containers: made, found again and removed on the host's side.

A restart recognises its own by the interface prefix, and what it knew of a pair by the alias it gave the interface:
the kernel keeps that exactly as long as the pair lives. The host's side has the MAC address ee:ee:ee:ee:ee:ee, and as
an address of its own the container's IPv6 gateway.
"""

from __future__ import annotations

import dataclasses
import errno
import ipaddress
import pathlib
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import pyroute2
from pyroute2.netlink.exceptions import NetlinkError

PREFIX = "cali"
HOST_MAC = "ee:ee:ee:ee:ee:ee"
GATEWAY_IPV6 = "fe80::ecee:eeff:feee:eeee"  # of a container's first network; follows from the MAC address
_NO_DAD = 0x02  # IFA_F_NODAD: without a carrier the address would stay tentative
_GONE = (errno.ENODEV, errno.ENOENT)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class LinkError(Exception):
    """The kernel refuses; the text says what was tried."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A pair to make; ``peer`` is the temporary name of the container's side, ``gateway`` its IPv6 gateway if any."""

    name: str
    peer: str
    mtu: int
    alias: str
    gateway: ipaddress.IPv6Address | None


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """A host's side; ``attached`` if its peer is in another network namespace, thus in a container."""

    name: str
    alias: str
    attached: bool


class Veths:
    """Each call opens its own socket: calls come from many threads, and seldom."""

    def create(self, pair: Pair) -> None:
        """Make the pair, its host's side up. One that exists is replaced. Raises LinkError, leaves nothing then."""
        try:
            with pyroute2.IPRoute() as kernel:
                _remove(kernel, pair.name)
                _remove(kernel, pair.peer)
                self._create(kernel, pair)
        except (NetlinkError, OSError) as error:
            raise LinkError(f"cannot make the veth pair {pair.name}: {error}") from error

    def remove(self, name: str) -> bool:
        """Remove a pair by its host's side; False if there is none. Raises LinkError."""
        try:
            with pyroute2.IPRoute() as kernel:
                return _remove(kernel, name)
        except (NetlinkError, OSError) as error:
            raise LinkError(f"cannot remove the interface {name}: {error}") from error

    def links(self) -> tuple[Link, ...]:
        """Every pair of ours. Raises LinkError."""
        try:
            with pyroute2.IPRoute() as kernel:
                return tuple(_ours(kernel.get_links(kind="veth")))
        except (NetlinkError, OSError) as error:
            raise LinkError(f"cannot list interfaces: {error}") from error

    def mtu_of(self, address: Address) -> int | None:
        """The MTU of the interface that has an address; None if none has. Raises LinkError."""
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        try:
            with pyroute2.IPRoute() as kernel:
                for found in kernel.get_addr(family=family, address=str(address)):
                    [link] = kernel.get_links(found["index"])
                    return int(link.get_attr("IFLA_MTU"))
        except (NetlinkError, OSError) as error:
            raise LinkError(f"cannot find the interface of {address}: {error}") from error
        return None

    def _create(self, kernel: Any, pair: Pair) -> None:
        peer = {"ifname": pair.peer, "mtu": pair.mtu}
        kernel.link("add", kind="veth", ifname=pair.name, address=HOST_MAC, mtu=pair.mtu, peer=peer)
        try:
            [index] = kernel.link_lookup(ifname=pair.name)
            kernel.link("set", index=index, ifalias=pair.alias)
            if pair.gateway is not None:
                # The host's default may be to have no IPv6 on new interfaces: then the address would be refused.
                pathlib.Path(f"/proc/sys/net/ipv6/conf/{pair.name}/disable_ipv6").write_text("0")
                kernel.addr("add", index=index, address=str(pair.gateway), prefixlen=64, flags=_NO_DAD)
            kernel.link("set", index=index, state="up")
        except BaseException:
            _remove(kernel, pair.name)
            raise


def _remove(kernel: Any, name: str) -> bool:
    try:
        kernel.link("del", ifname=name)
    except NetlinkError as error:
        if error.code not in _GONE:
            raise
        return False
    return True


def _ours(found: Any) -> Iterator[Link]:
    for link in found:
        name = str(link.get_attr("IFLA_IFNAME"))
        if name.startswith(PREFIX):
            yield Link(name, str(link.get_attr("IFLA_IFALIAS") or ""), link.get_attr("IFLA_LINK_NETNSID") is not None)


def written(words: Mapping[str, str]) -> str:
    """An alias that keeps some words."""
    return " ".join(f"{name}={value}" for name, value in words.items() if value)


def read(alias: str) -> Mapping[str, str]:
    """The words of an alias; those of other writers are left out."""
    parts = (word.partition("=") for word in alias.split())
    return {name: value for name, equals, value in parts if equals}
