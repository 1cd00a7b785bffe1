"""Links, addresses and routes of the kernel. With libnftables.py the only place that knows the kernel's libraries."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import functools
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pyroute2
from pyroute2.netlink import exceptions

from .errors import DataplaneError

# Everything that we add to the routing table carries this number, and nothing without it is ours.
PROTOCOL = 80
METRIC = 1024
_MAIN = 254
_LINK_SCOPE = 253
_UNICAST = 1
_NO_DAD = 0x02
_UP = 1
# What the kernel tells to who asks for it: changes of links, and of addresses by IP version.
_CHANGES = 0x1 | 0x10 | 0x100
_DUMPS = 5
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


class Route(NamedTuple):
    """A route of ours: a destination that is on a link. A tuple, as sets of all routes are compared at every change."""

    destination: str
    link: int
    metric: int = METRIC
    table: int = _MAIN


@dataclasses.dataclass(frozen=True, slots=True)
class LinkEvent:
    """What the kernel says of a link; ``name`` is None when it is gone."""

    index: int
    name: str | None
    up: bool


@dataclasses.dataclass(frozen=True, slots=True)
class AddressEvent:
    """What the kernel says of an address of a link: that it is there, or no longer."""

    index: int
    address: str
    present: bool


Event = LinkEvent | AddressEvent


class Netlink:
    """A request socket; not to be shared between threads."""

    def __init__(self) -> None:
        with named("open netlink"):
            self._socket = pyroute2.IPRoute()

    def routes(self) -> frozenset[Route]:
        """All routes of our protocol."""
        with named("list routes"):
            return frozenset(
                _route(message)
                for family in _FAMILIES.values()
                for message in whole(functools.partial(self._socket.get_routes, family=family, proto=PROTOCOL))
                if message["proto"] == PROTOCOL
            )

    def add_route(self, route: Route) -> None:
        """Add a route; one that is there already, ours or not, is an error."""
        with named(f"add route {route.destination}"):
            self._socket.route("add", **_fields(route))

    def delete_route(self, route: Route) -> None:
        """Delete a route of ours; one that is gone is no error."""
        with named(f"delete route {route.destination}", errno.ESRCH, errno.ENODEV):
            self._socket.route("del", **_fields(route))

    def add_address(self, link: int, address: str, length: int) -> None:
        """Give a link an IPv6 address that is usable at once; one that is there is no error."""
        with named(f"add address {address} to link {link}", errno.EEXIST):
            self._socket.addr(
                "add", index=link, address=address, prefixlen=length, family=socket.AF_INET6, flags=_NO_DAD
            )

    def close(self) -> None:
        self._socket.close()


class LinkListener:
    """All links and their addresses, then every change of one; for one thread."""

    def __init__(self) -> None:
        with named("listen to link events"):
            self._socket = pyroute2.IPRoute()
            self._socket.bind(groups=_CHANGES)

    def links(self) -> Iterator[Event]:
        """The links that there are, then their addresses; what changes meanwhile comes again as an event."""
        with named("list links"):
            yield from map(_link_event, whole(self._socket.get_links))
        with named("list addresses"):
            yield from map(_address_event, whole(self._socket.get_addr))

    def events(self) -> Iterator[Event]:
        """Wait for changes. Raises DataplaneError when some were lost: list again."""
        while True:
            with named("hear of link events"):
                messages = self._socket.get()
            for message in messages:
                if "LINK" in message["event"]:
                    yield _link_event(message)
                elif "ADDR" in message["event"]:
                    yield _address_event(message)

    def close(self) -> None:
        self._socket.close()


def whole(dump: Callable[[], Iterable[Any]]) -> list[Any]:
    """What a dump gives; again when something changed in the midst of it, as while many containers start."""
    for _ in range(_DUMPS):
        with contextlib.suppress(exceptions.NetlinkDumpInterrupted):
            return list(dump())
    return list(dump())


@contextlib.contextmanager
def named(action: str, *harmless: int) -> Iterator[None]:
    """Errors of the library and of the system become ours."""
    try:
        yield
    except exceptions.NetlinkError as error:
        if error.code not in harmless:
            raise DataplaneError(f"cannot {action}: {error}") from error
    except (OSError, TypeError, ValueError, struct.error) as error:  # what the library cannot put into a message
        raise DataplaneError(f"cannot {action}: {error}") from error


def _fields(route: Route) -> dict[str, Any]:
    return {
        "dst": route.destination,
        "oif": route.link,
        "proto": PROTOCOL,
        "priority": route.metric,
        "table": route.table,
        "type": _UNICAST,
        "scope": _LINK_SCOPE,
        "family": _FAMILIES[6 if ":" in route.destination else 4],
    }


def _route(message: Any) -> Route:
    return Route(
        destination=f"{message.get_attr('RTA_DST')}/{message['dst_len']}",
        link=message.get_attr("RTA_OIF") or 0,
        metric=message.get_attr("RTA_PRIORITY") or 0,
        table=message.get_attr("RTA_TABLE") or message["table"],
    )


def _link_event(message: Any) -> LinkEvent:
    name = None if message["event"] == "RTM_DELLINK" else message.get_attr("IFLA_IFNAME")
    return LinkEvent(message["index"], name, bool(message["flags"] & _UP))


def _address_event(message: Any) -> AddressEvent:
    """An address with a peer stands in IFA_LOCAL; IFA_ADDRESS is the peer's then."""
    address = message.get_attr("IFA_LOCAL") or message.get_attr("IFA_ADDRESS")
    return AddressEvent(message["index"], str(address), message["event"] != "RTM_DELADDR")
