"""Links, addresses and routes of the kernel, by sockets of rtnetlink."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator

from . import netlink_messages, netlink_objects
from .errors import DataplaneError
from .netlink_messages import Message, Request
from .netlink_objects import Event, Route

# What the kernel tells to who asks for it: changes of links, and of addresses by IP version.
_CHANGES = 0x1 | 0x10 | 0x100
_ROOM, _DATAGRAM = 1 << 20, 1 << 16


class Netlink:
    """Requests; not to be shared between threads."""

    def __init__(self) -> None:
        with _named("open netlink"):
            self._socket = Socket()

    def routes(self) -> frozenset[Route]:
        """All routes of our protocol."""
        with _named("list routes"):
            messages = [message for request in netlink_objects.LIST_ROUTES for message in self._socket.list(request)]
        return frozenset(route for route in map(netlink_objects.route, messages) if route is not None)

    def add_route(self, route: Route) -> None:
        """Add a route; one that is there already, ours or not, is an error."""
        with _named(f"add route {route.destination}"):
            self._socket.change(netlink_objects.add_route(route))

    def delete_route(self, route: Route) -> None:
        """Delete a route of ours; one that is gone is no error."""
        with _named(f"delete route {route.destination}", errno.ESRCH, errno.ENODEV):
            self._socket.change(netlink_objects.delete_route(route))

    def add_address(self, link: int, address: str, length: int) -> None:
        """Give a link an IPv6 address that is usable at once; one that is there is no error."""
        with _named(f"add address {address} to link {link}", errno.EEXIST):
            self._socket.change(netlink_objects.add_address(link, address, length))

    def close(self) -> None:
        self._socket.close()


class LinkListener:
    """All links and their addresses, then every change of one; for one thread."""

    def __init__(self) -> None:
        with _named("listen to link events"):
            self._socket = Socket(groups=_CHANGES)

    def links(self) -> Iterator[Event]:
        """The links that there are, then their addresses; what changes meanwhile comes among them, or as an event."""
        with _named("list links"):
            for request in (netlink_objects.LIST_LINKS, netlink_objects.LIST_ADDRESSES):
                yield from _events(self._socket.list(request))

    def events(self) -> Iterator[Event]:
        """Wait for changes. Raises DataplaneError when some were lost: list again."""
        while True:
            with _named("hear of link events"):
                messages = self._socket.hear()
            yield from _events(messages)

    def close(self) -> None:
        self._socket.close()


class Socket:
    """Requests with their answers, and events of some groups."""

    def __init__(self, groups: int = 0) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        self._socket.bind((0, groups))
        self._port = self._socket.getsockname()[0]
        self._sequence = 0

    def change(self, request: Request) -> None:
        """Have the kernel change something. Raises OSError."""
        _raise(next(answer for answer in self._ask(request) if self._ends(answer)))

    def list(self, request: Request) -> Iterator[Message]:
        """What there is of a kind, and events that come meanwhile. Raises OSError."""
        for answer in self._ask(request):
            if self._ends(answer):
                return _raise(answer)
            yield answer

    def hear(self) -> Iterator[Message]:
        """Wait for events. Raises OSError when some were lost."""
        return netlink_messages.messages(self._socket.recv(_DATAGRAM))

    def close(self) -> None:
        self._socket.close()

    def _ask(self, request: Request) -> Iterator[Message]:
        """What comes from a request on: its answer and events, but nothing of an earlier answer that nobody read."""
        self._sequence += 1
        self._socket.send(request.pack(self._sequence))
        while True:
            for message in netlink_messages.messages(self._socket.recv(_DATAGRAM)):
                if message.port != self._port or message.sequence == self._sequence:
                    yield message

    def _ends(self, answer: Message) -> bool:
        ends = (netlink_messages.DONE, netlink_messages.ERROR)
        return answer.port == self._port and answer.kind in ends


def _raise(answer: Message) -> None:
    if answer.kind == netlink_messages.ERROR and (code := netlink_messages.error_code(answer)):
        raise OSError(code, os.strerror(code))


def _events(messages: Iterator[Message]) -> Iterator[Event]:
    return (event for event in map(netlink_objects.event, messages) if event is not None)


@contextlib.contextmanager
def _named(action: str, *harmless: int) -> Iterator[None]:
    """Errors of the kernel become ours."""
    try:
        yield
    except OSError as error:
        if error.errno not in harmless:
            raise DataplaneError(f"cannot {action}: {error.strerror or error}") from error
