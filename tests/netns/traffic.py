"""Who reaches whom, with real packets: TCP connections, UDP datagrams and pings between namespaces."""

from __future__ import annotations

import contextlib
import dataclasses
import select
import socket
import time
from collections.abc import Iterable, Iterator

from .inside import inside
from .namespaces import Namespace

# How long nothing may come before it counts as blocked: what passes here takes less than a millisecond.
PATIENCE = 0.4
# Linux's IP_TRANSPARENT and IPV6_TRANSPARENT, which Python does not name: send from an address that is not ours.
_ANY_SOURCE = {socket.AF_INET: (socket.IPPROTO_IP, 19), socket.AF_INET6: (socket.IPPROTO_IPV6, 75)}
# SO_RCVBUFFORCE: room for every datagram of a flood, so that a missing one was dropped on its way.
_RECEIVE_BUFFER = 33


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A namespace and its addresses by IP version."""

    space: Namespace
    addresses: dict[int, str]

    @property
    def name(self) -> str:
        return self.space.name.partition("-")[2]


def family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def connect(source: Namespace, address: str, port: int) -> socket.socket | None:
    """A TCP connection, or None if nobody answers in time."""
    with inside(source):
        client = socket.socket(family(address), socket.SOCK_STREAM)
    client.settimeout(PATIENCE)
    try:
        client.connect((address, port))
    except OSError:
        client.close()
        return None
    return client


@contextlib.contextmanager
def listening(place: Place, *ports: int) -> Iterator[list[socket.socket]]:
    """TCP listeners on all addresses of a place."""
    with contextlib.ExitStack() as stack:
        listeners = []
        for address in place.addresses.values():
            for port in ports:
                with inside(place.space):
                    listener = stack.enter_context(socket.socket(family(address), socket.SOCK_STREAM))
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind((address, port))
                    listener.listen(64)
                listeners.append(listener)
        yield listeners


def reaching(pairs: Iterable[tuple[Namespace, str, int]]) -> list[bool]:
    """Whether a TCP connection is made from each namespace to an address and port; all are tried at the same time."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(_connecting(*pair)) for pair in pairs]
        deadline = time.monotonic() + PATIENCE
        poll = select.poll()
        for client in clients:
            poll.register(client, select.POLLOUT)
        settled: set[int] = set()
        while (left := deadline - time.monotonic()) > 0 and len(settled) < len(clients):
            for descriptor, _event in poll.poll(left * 1000):
                poll.unregister(descriptor)
                settled.add(descriptor)
        return [_is_connected(client) for client in clients]


def _is_connected(client: socket.socket) -> bool:
    """Asked of the socket itself: one that had no route at all is as ready to be written to as a connected one."""
    try:
        client.getpeername()
    except OSError:
        return False
    return True


def _connecting(source: Namespace, address: str, port: int) -> socket.socket:
    with inside(source):
        client = socket.socket(family(address), socket.SOCK_STREAM)
    client.setblocking(False)
    client.connect_ex((address, port))
    return client


def reaches(source: Place, target: Place, port: int, version: int) -> bool:
    """Whether a TCP connection is made; ``target`` must listen."""
    return reaching([(source.space, target.addresses[version], port)])[0]


def answers(source: Place, address: str) -> bool:
    """Whether a ping is answered."""
    return source.space.succeeds("ping", "-n", "-q", "-c", "1", "-W", str(PATIENCE), address)


@contextlib.contextmanager
def receiving(place: Place, version: int, port: int) -> Iterator[socket.socket]:
    """A UDP socket that waits for datagrams."""
    address = place.addresses[version]
    with inside(place.space):
        receiver = socket.socket(family(address), socket.SOCK_DGRAM)
        receiver.setsockopt(socket.SOL_SOCKET, _RECEIVE_BUFFER, 1 << 27)
        receiver.bind((address, port))
    receiver.settimeout(PATIENCE)
    with receiver:
        yield receiver


def datagram(source: Namespace, sender: str, address: str, port: int) -> None:
    """Send one UDP datagram from an address that need not be the sender's own."""
    with inside(source), socket.socket(family(address), socket.SOCK_DGRAM) as client:
        client.setsockopt(*_ANY_SOURCE[family(address)], 1)
        client.bind((sender, 0))
        client.sendto(b"packet", (address, port))


def udp(address: str) -> socket.socket:
    """A UDP socket of this namespace for a partner with that address."""
    client = socket.socket(family(address), socket.SOCK_DGRAM)
    client.settimeout(PATIENCE)
    return client


def raw(protocol: int) -> socket.socket:
    """An IPv4 socket of this namespace for a protocol by its number."""
    made = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
    made.settimeout(PATIENCE)
    return made


def received(receiver: socket.socket) -> int:
    """How many datagrams have come, once no more do."""
    count = 0
    with contextlib.suppress(TimeoutError):
        while receiver.recv(64):
            count += 1
    return count
