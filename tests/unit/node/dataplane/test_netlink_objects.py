"""Links, addresses and routes against the bytes of the kernel's manual."""

import ipaddress
import struct

import pytest

from calico_node.dataplane import netlink_objects as objects
from calico_node.dataplane.netlink_messages import Message, attribute
from calico_node.dataplane.netlink_objects import AddressEvent, LinkEvent, Route

NEW_LINK, DELETE_LINK, NEW_ADDRESS, DELETE_ADDRESS, NEW_ROUTE = 16, 17, 20, 21, 24
BRIDGE = 7


def link(name: str, *, family: int = 0, flags: int = 1, kind: int = NEW_LINK, before: bytes = b"") -> Message:
    body = struct.pack("=BxHiII", family, 1, 9, flags, 0) + before + attribute(3, name.encode() + b"\0")
    return Message(kind, 7, 42, body)


def address(*attributes: bytes, kind: int = NEW_ADDRESS) -> Message:
    return Message(kind, 7, 42, struct.pack("=BBBBI", 2, 24, 0, 0, 9) + b"".join(attributes))


def packed(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


@pytest.mark.parametrize(
    "route",
    [
        Route("10.65.0.1/32", 7),
        Route("fd65::1/128", 7),
        Route("10.65.0.0/26", 3, metric=5),
        Route("0.0.0.0/0", 3, metric=0),
        Route("10.65.0.1/32", 7, table=1000),
    ],
)
def test_a_route_is_read_as_it_was_written(route: Route) -> None:
    assert objects.route(Message(NEW_ROUTE, 7, 42, objects.add_route(route).body)) == route
    assert objects.delete_route(route).body == objects.add_route(route).body


def test_the_kernel_leaves_the_destination_of_a_default_route_out() -> None:
    body = struct.pack("=BBBBBBBBI", 10, 0, 0, 0, 254, objects.PROTOCOL, 0, 1, 0) + attribute(4, struct.pack("=I", 3))
    assert objects.route(Message(NEW_ROUTE, 7, 42, body)) == Route("::/0", 3, metric=0)


def test_a_route_of_another_protocol_is_not_ours() -> None:
    body = struct.pack("=BBBBBBBBI", 2, 32, 0, 0, 254, 12, 0, 1, 0) + attribute(1, bytes(4))
    assert objects.route(Message(NEW_ROUTE, 7, 42, body)) is None


def test_a_link_has_a_name_wherever_it_stands() -> None:
    assert objects.event(link("cali1")) == LinkEvent(9, "cali1", True)
    assert objects.event(link("cali1", before=attribute(1, b"odd"))) == LinkEvent(9, "cali1", True)
    assert objects.event(link("cali1", flags=0)) == LinkEvent(9, "cali1", False)


def test_a_link_that_is_gone_has_none() -> None:
    assert objects.event(link("cali1", kind=DELETE_LINK)) == LinkEvent(9, None, True)


def test_a_link_that_leaves_a_bridge_is_still_there() -> None:
    assert objects.event(link("cali1", family=BRIDGE, kind=DELETE_LINK)) is None


def test_an_address_comes_and_goes() -> None:
    one = attribute(1, packed("fd00::1"))
    assert objects.event(address(one)) == AddressEvent(9, "fd00::1", True)
    assert objects.event(address(one, kind=DELETE_ADDRESS)) == AddressEvent(9, "fd00::1", False)


def test_the_address_of_a_peer_is_not_the_links() -> None:
    both = (attribute(1, packed("10.0.0.2")), attribute(2, packed("10.0.0.1")))
    assert objects.event(address(*both)) == AddressEvent(9, "10.0.0.1", True)


@pytest.mark.parametrize("message", [address(), Message(NEW_ROUTE, 7, 42, b"")])
def test_the_rest_is_no_event(message: Message) -> None:
    assert objects.event(message) is None


def test_a_new_address_is_the_links_own() -> None:
    assert objects.event(Message(NEW_ADDRESS, 7, 42, objects.add_address(9, "fe80::1", 64).body)) == AddressEvent(
        9, "fe80::1", True
    )
