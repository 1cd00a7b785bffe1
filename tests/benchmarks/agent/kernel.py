"""What the kernel itself tells of its nftables and routes, and when. Not a word of the agent's is taken.

The kernel tells a change after it is in force. Addresses, interface names and constants of rules all come as an
attribute of type 1 and 4 or 16 bytes, in messages of nftables and of routes alike, so one pattern finds them all.
"""

from __future__ import annotations

import dataclasses
import enum
import ipaddress
import re
import select
import socket
import time
from collections.abc import Iterable

_VALUE = re.compile(rb"\x08\x00\x01\x00(.{4})|\x14\x00\x01\x00(.{16})", re.DOTALL)
_GROUPS = {
    socket.NETLINK_ROUTE: 1 << 6 | 1 << 10,  # RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE
    12: 1 << 6,  # NETLINK_NETFILTER, NFNLGRP_NFTABLES
}
_ROOM_FORCED = 33  # SO_RCVBUFFORCE
_ROOM = 1 << 28
_DATAGRAM = 1 << 20


class Source(enum.Enum):
    """The part of the kernel that tells."""

    NFTABLES = 12
    ROUTES = socket.NETLINK_ROUTE


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """Something that a change is about."""

    source: Source
    data: bytes


def element(text: str) -> Value:
    """An address in a set or a rule."""
    return Value(Source.NFTABLES, ipaddress.ip_address(text).packed)


def interface(name: str) -> Value:
    """An interface by whose name packets are led to the rules of its endpoint."""
    return Value(Source.NFTABLES, name.encode().ljust(16, b"\0"))


def route(text: str) -> Value:
    return Value(Source.ROUTES, ipaddress.ip_address(text).packed)


class Observer:
    """Hears the namespace in which it is made."""

    def __init__(self) -> None:
        self._sockets = {source: _listening(source.value) for source in Source}

    def forget(self) -> None:
        """What was told before now does not count."""
        while self._hear(0.0):
            pass

    def await_all(self, values: Iterable[Value], seconds: float = 60.0) -> float:
        """The moment (time.perf_counter) at which the last of these was told."""
        missing = set(values)
        deadline = time.perf_counter() + seconds
        latest = 0.0
        while missing:
            heard = self._hear(max(deadline - time.perf_counter(), 0.0))
            assert heard, f"after {seconds} s the kernel has not told of {len(missing)} values: {list(missing)[:3]}"
            for moment, told in heard:
                missing -= told
                latest = moment
        return latest

    def _hear(self, seconds: float) -> list[tuple[float, set[Value]]]:
        ready, _, _ = select.select(list(self._sockets.values()), [], [], seconds)
        heard = []
        for source, sender in self._sockets.items():
            if sender in ready:
                data = sender.recv(_DATAGRAM)  # raises when the kernel had to drop something
                heard.append((time.perf_counter(), {Value(source, a or b) for a, b in _VALUE.findall(data)}))
        return heard


def _listening(family: int) -> socket.socket:
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family)
    made.setsockopt(socket.SOL_SOCKET, _ROOM_FORCED, _ROOM)
    made.bind((0, _GROUPS[family]))
    return made
