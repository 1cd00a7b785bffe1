"""Messages of netlink against the bytes of its manual; what the kernel makes of them is for tests/netns."""

import struct

import pytest

from calico_node.dataplane import netlink_messages as messages
from calico_node.dataplane.netlink_messages import Message, Request


def test_a_request_is_a_header_with_its_length_and_a_body() -> None:
    assert Request(18, messages.LIST, b"body").pack(7) == struct.pack("=IHHII", 20, 18, 0x301, 7, 0) + b"body"


def test_what_is_made_must_not_replace_anything() -> None:
    _length, _kind, flags, *_rest = struct.unpack_from("=IHHII", Request(24, messages.CREATE, b"").pack(1))
    assert flags == 0x1 | 0x4 | 0x200 | 0x400  # request, acknowledge, exclusive, create


def test_messages_of_one_datagram_stand_on_multiples_of_four() -> None:
    one = struct.pack("=IHHII", 17, 16, 0, 7, 42) + b"a" + bytes(3)
    two = struct.pack("=IHHII", 16, messages.DONE, 0, 8, 0)
    assert [*messages.messages(one + two)] == [Message(16, 7, 42, b"a"), Message(messages.DONE, 8, 0, b"")]


@pytest.mark.parametrize("datagram", [b"", b"short", struct.pack("=IHHII", 3, messages.DONE, 0, 0, 0)])
def test_what_is_no_message_ends_the_datagram(datagram: bytes) -> None:
    assert [*messages.messages(datagram)] == []


def test_an_answer_carries_the_errno_negative() -> None:
    assert messages.error_code(Message(messages.ERROR, 7, 42, struct.pack("=i", -17))) == 17
    assert messages.error_code(Message(messages.ERROR, 7, 42, struct.pack("=i", 0))) == 0


def test_attributes_stand_on_multiples_of_four() -> None:
    written = messages.attribute(3, b"cali1\0") + messages.attribute(4, b"1234")
    assert written == struct.pack("=HH", 10, 3) + b"cali1\0\0\0" + struct.pack("=HH", 8, 4) + b"1234"
    assert [*messages.attributes(b"head" + written, 4)] == [(3, b"cali1\0"), (4, b"1234")]


def test_what_is_no_attribute_ends_them() -> None:
    assert [*messages.attributes(messages.attribute(4, b"1234") + struct.pack("=HH", 3, 5), 0)] == [(4, b"1234")]
