"""The checksums that the kernel looks at before it believes a packet."""

from __future__ import annotations

import struct

_POLYNOMIAL = 0x82F63B78


def internet(*parts: bytes) -> int:
    """RFC 1071, of parts that are of even length but for the last."""
    data = b"".join(parts)
    total = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _shifted(value: int) -> int:
    for _bit in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE = tuple(map(_shifted, range(256)))


def crc32c(data: bytes) -> int:
    """RFC 9260's, for SCTP."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF
