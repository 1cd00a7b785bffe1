"""Messages of netlink to and from bytes: headers and attributes, whatever they are about (netlink(7)). Pure.

A library for all of netlink takes a tenth of a second to load, and longer to list a thousand links: the agent that
starts must be faster than that.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator

ERROR, DONE = 2, 3
_REQUEST = 0x1
_ACKNOWLEDGE, LIST = 0x4, 0x300
CHANGE = _ACKNOWLEDGE
CREATE = _ACKNOWLEDGE | 0x200 | 0x400  # only if there is none
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_CODE = struct.Struct("=i")
NUMBER = struct.Struct("=I")


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """One message of a datagram; ``port`` and ``sequence`` are those of the request behind it."""

    kind: int
    sequence: int
    port: int
    body: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the kernel: ``flags`` are LIST, CHANGE or CREATE, which is what its answer depends on."""

    kind: int
    flags: int
    body: bytes

    def pack(self, sequence: int) -> bytes:
        return _HEADER.pack(_HEADER.size + len(self.body), self.kind, _REQUEST | self.flags, sequence, 0) + self.body


def messages(datagram: bytes) -> Iterator[Message]:
    """The messages of a datagram."""
    place = 0
    while place + _HEADER.size <= len(datagram):
        length, kind, _flags, sequence, port = _HEADER.unpack_from(datagram, place)
        if length < _HEADER.size:
            return
        yield Message(kind, sequence, port, datagram[place + _HEADER.size : place + length])
        place += _padded(length)


def error_code(answer: Message) -> int:
    """The errno of an answer of the kind ERROR, 0 for success."""
    return -int(_CODE.unpack_from(answer.body)[0])


def attribute(kind: int, data: bytes) -> bytes:
    """An attribute as it stands behind a message's fixed part."""
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(data), kind) + data.ljust(_padded(len(data)), b"\0")


def attributes(body: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """The attributes from ``place`` on: type and data."""
    while place + _ATTRIBUTE.size <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, place)
        if length < _ATTRIBUTE.size:
            return
        yield kind, body[place + _ATTRIBUTE.size : place + length]
        place += _padded(length)


def _padded(length: int) -> int:
    return (length + 3) & ~3
