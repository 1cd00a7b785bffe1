"""Forgets the connections of addresses that left: the next owner must not inherit what was let through."""

from __future__ import annotations

from collections.abc import Iterable

from . import programs

# The address as sender, as receiver, and as who answers behind a translated destination.
_SIDES = ("--orig-src", "--orig-dst", "--reply-src")


def forget(addresses: Iterable[str]) -> None:
    """Delete every tracked connection of these addresses. Raises DataplaneError if the program cannot run."""
    for address in addresses:
        family = "ipv6" if ":" in address else "ipv4"
        for side in _SIDES:
            # It says no when there was nothing to delete.
            programs.succeeds("conntrack", "-D", "-f", family, side, address)
