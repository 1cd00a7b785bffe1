"""Forgets the connections of addresses that left: the next owner must not inherit what was let through.

Forgets those too that came to a port of the host which leads elsewhere now.
To look for an entry the kernel walks its whole table, which takes 10 ms even when it is empty. So the table is listed
once for all addresses and sides, and only what occurs there is deleted.
"""

from __future__ import annotations

import dataclasses
import re
import socket
from collections.abc import Callable, Iterable, Iterator

from . import programs

# The address as sender, as receiver, and as who answers behind a translated destination.
_SIDES = ("--orig-src", "--orig-dst", "--reply-src")
# The two directions of an entry, as the program lists them.
_ENTRY = re.compile(r"src=(\S+) dst=(\S+).*? src=(\S+) dst=\S+")
# The ports too, of protocols that have any: number of the protocol, receiver, its port, who answers, its port.
_WITH_PORTS = re.compile(
    r"^\S+\s+(\d+) .*?dst=(\S+) sport=\d+ dport=(\d+) .*?src=(\S+) dst=\S+ sport=(\d+)", re.MULTILINE
)
_UDP = 17


@dataclasses.dataclass(frozen=True, slots=True)
class Forward:
    """A port of the host and where it leads; the protocol by its number."""

    protocol: int
    port: int
    address: str
    target: int

    @property
    def version(self) -> int:
        return 6 if ":" in self.address else 4


@dataclasses.dataclass(frozen=True, slots=True)
class Ports:
    """Ports that do not lead there any more, and that do now; ``local`` are the host's own addresses."""

    gone: frozenset[Forward]
    new: frozenset[Forward]
    local: frozenset[str]


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


def forget_ports(
    ports: Ports, *, output: Callable[..., str] = programs.output, succeeds: Callable[..., bool] = programs.succeeds
) -> tuple[str, ...]:
    """Delete connections by ways that are gone, and to ports that lead elsewhere now those that still come to the host.

    The latter only if they are datagrams: a process that listened would have kept others off. Raises DataplaneError.
    """
    stale = dict.fromkeys(_stale(ports, output("conntrack", "-L")))
    for question in stale:
        succeeds("conntrack", "-D", *question)
    return tuple(f"port {question[5]}" for question in stale)


def _stale(ports: Ports, listing: str) -> Iterator[tuple[str, ...]]:
    """The questions by which stale connections are found."""
    new = {(one.version, one.port) for one in ports.new if one.protocol == _UDP}
    for protocol, receiver, port, answering, from_port in _WITH_PORTS.findall(listing):
        version = 6 if ":" in receiver else 4
        question = ("-f", f"ipv{version}", "-p", protocol, "--orig-port-dst", port)
        if Forward(int(protocol), int(port), answering, int(from_port)) in ports.gone:
            yield (*question, "--reply-src", answering, "--reply-port-src", from_port)
        elif (
            int(protocol) == _UDP and (version, int(port)) in new and receiver == answering and receiver in ports.local
        ):
            yield (*question, "--orig-dst", receiver, "--reply-src", answering)
