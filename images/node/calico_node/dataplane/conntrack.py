"""Forgets the connections of addresses that left: the next owner must not inherit what was let through.

To look for an entry the kernel walks its whole table, which takes 10 ms even when it is empty. So the table is listed
once for all addresses and sides, and only what occurs there is deleted.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable

from . import programs

# The address as sender, as receiver, and as who answers behind a translated destination.
_SIDES = ("--orig-src", "--orig-dst", "--reply-src")
# The two directions of an entry, as the program lists them.
_ENTRY = re.compile(r"src=(\S+) dst=(\S+).*? src=(\S+) dst=\S+")


def forget(
    addresses: Iterable[str],
    *,
    output: Callable[..., str] = programs.output,
    succeeds: Callable[..., bool] = programs.succeeds,
) -> tuple[str, ...]:
    """Delete every tracked connection of these addresses; those that had any. Raises DataplaneError."""
    spelled = [*map(_spelled, addresses)]
    leaving = frozenset(spelled)
    # A busy host tracks a million others.
    tracked = {entry for entry in _tracked(output("conntrack", "-L")) if entry[1] in leaving}
    for address in spelled:
        family = "ipv6" if ":" in address else "ipv4"
        for side in _SIDES:
            if (side, address) in tracked:
                # It says no when the entry went meanwhile.
                succeeds("conntrack", "-D", "-f", family, side, address)
    return tuple(sorted({address for _side, address in tracked}))


def _tracked(listing: str) -> Iterable[tuple[str, str]]:
    """Which address occurs on which side."""
    for entry in _ENTRY.finditer(listing):
        yield from zip(_SIDES, entry.groups(), strict=True)


def _spelled(address: str) -> str:
    """As the program spells it, which is the C library's way."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_ntop(family, socket.inet_pton(family, address))
