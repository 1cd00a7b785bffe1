"""Links, addresses and routes as messages of netlink have them (rtnetlink(7)). Pure."""

from __future__ import annotations

import dataclasses
import ipaddress
import struct

from . import netlink_messages as messages
from .netlink_messages import NUMBER, Message, Request

_NEW_LINK, _DELETE_LINK, _GET_LINKS = 16, 17, 18
_NEW_ADDRESS, _DELETE_ADDRESS, _GET_ADDRESSES = 20, 21, 22
_NEW_ROUTE, _DELETE_ROUTE, _GET_ROUTES = 24, 25, 26
_INET, _INET6, _BRIDGE = 2, 10, 7
# Everything that we add to the routing table carries this number, and nothing without it is ours.
PROTOCOL = 80
METRIC = 1024
_MAIN = 254
_SCOPE_LINK, _UNICAST = 253, 1
_NO_DAD = 0x02
_UP = 0x1
_WITHOUT_STATISTICS = 8

_LINK = struct.Struct("=BxHiII")  # family, type, index, flags, which of them change
_ADDRESS = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, link
_ROUTE = struct.Struct(
    "=BBBBBBBBI"
)  # family, lengths of destination and source, tos, table, protocol, scope, type, flags
_LINK_NAME, _LINK_EXTENT = 3, 29
_ADDRESS_ADDRESS, _ADDRESS_LOCAL = 1, 2
_ROUTE_DESTINATION, _ROUTE_LINK, _ROUTE_METRIC, _ROUTE_TABLE = 1, 4, 6, 15
_ROUTE_NUMBERS = (_ROUTE_LINK, _ROUTE_METRIC, _ROUTE_TABLE)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Route:
    """A route of ours: a destination that is on a link."""

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

LIST_LINKS = Request(
    _GET_LINKS,
    messages.LIST,
    _LINK.pack(0, 0, 0, 0, 0) + messages.attribute(_LINK_EXTENT, NUMBER.pack(_WITHOUT_STATISTICS)),
)
LIST_ADDRESSES = Request(_GET_ADDRESSES, messages.LIST, _ADDRESS.pack(0, 0, 0, 0, 0))
LIST_ROUTES = tuple(
    Request(_GET_ROUTES, messages.LIST, _ROUTE.pack(family, 0, 0, 0, 0, 0, 0, 0, 0)) for family in (_INET, _INET6)
)


def event(message: Message) -> Event | None:
    """None for what is neither about a link itself nor about an address."""
    if message.kind in (_NEW_LINK, _DELETE_LINK):
        return _link_event(message)
    if message.kind in (_NEW_ADDRESS, _DELETE_ADDRESS):
        return _address_event(message)
    return None


def _link_event(message: Message) -> LinkEvent | None:
    family, _type, index, flags, _change = _LINK.unpack_from(message.body)
    if family == _BRIDGE:
        return None  # of its place in a bridge
    names = (data for kind, data in messages.attributes(message.body, _LINK.size) if kind == _LINK_NAME)
    name = next(names, b"").rstrip(b"\0").decode(errors="replace")
    return LinkEvent(index, name if message.kind == _NEW_LINK else None, bool(flags & _UP))


def _address_event(message: Message) -> AddressEvent | None:
    """An address with a peer is the local one; the other is the peer's then."""
    _family, _length, _flags, _scope, index = _ADDRESS.unpack_from(message.body)
    found = dict(messages.attributes(message.body, _ADDRESS.size))
    packed = found.get(_ADDRESS_LOCAL) or found.get(_ADDRESS_ADDRESS)
    if packed is None:
        return None
    return AddressEvent(index, str(ipaddress.ip_address(packed)), message.kind == _NEW_ADDRESS)


def add_address(link: int, text: str, length: int) -> Request:
    """An IPv6 address for a link, usable at once."""
    packed = ipaddress.IPv6Address(text).packed
    kinds = (_ADDRESS_LOCAL, _ADDRESS_ADDRESS)
    body = _ADDRESS.pack(_INET6, length, _NO_DAD, 0, link) + b"".join(messages.attribute(one, packed) for one in kinds)
    return Request(_NEW_ADDRESS, messages.CREATE, body)


def add_route(wanted: Route) -> Request:
    """One that is there already is an error."""
    return Request(_NEW_ROUTE, messages.CREATE, _route(wanted))


def delete_route(gone: Route) -> Request:
    """One that is not there is an error too."""
    return Request(_DELETE_ROUTE, messages.CHANGE, _route(gone))


def route(message: Message) -> Route | None:
    """None for a route of somebody else."""
    if message.kind != _NEW_ROUTE:
        return None
    family, length, _source, _tos, table, protocol, *_rest = _ROUTE.unpack_from(message.body)
    if protocol != PROTOCOL:
        return None
    found = dict(messages.attributes(message.body, _ROUTE.size))
    # The kernel leaves a default route's destination out.
    packed = found.get(_ROUTE_DESTINATION, bytes(4 if family == _INET else 16))
    numbers = {kind: int(NUMBER.unpack(found[kind])[0]) for kind in _ROUTE_NUMBERS if kind in found}
    return Route(
        destination=f"{ipaddress.ip_address(packed)}/{length}",
        link=numbers.get(_ROUTE_LINK, 0),
        metric=numbers.get(_ROUTE_METRIC, 0),
        table=numbers.get(_ROUTE_TABLE, table),
    )


def _route(wanted: Route) -> bytes:
    text, _slash, length = wanted.destination.partition("/")
    destination = ipaddress.ip_address(text)
    family = _INET if destination.version == 4 else _INET6
    short = wanted.table if wanted.table < 256 else 0  # the attribute has all of it
    return b"".join(
        (
            _ROUTE.pack(family, int(length), 0, 0, short, PROTOCOL, _SCOPE_LINK, _UNICAST, 0),
            messages.attribute(_ROUTE_DESTINATION, destination.packed),
            messages.attribute(_ROUTE_TABLE, NUMBER.pack(wanted.table)),
            messages.attribute(_ROUTE_METRIC, NUMBER.pack(wanted.metric)),
            messages.attribute(_ROUTE_LINK, NUMBER.pack(wanted.link)),
        )
    )
