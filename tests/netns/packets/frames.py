"""First packets of connections, byte by byte: nothing of the sender's kernel decides what they look like.

Each carries a number at its end, by which its receiver knows it again.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import struct

from ansible_collections.calico.docker.plugins.module_utils.model import verdict

from . import checksums

ICMP, TCP, UDP, GRE, ESP, ICMPV6, SCTP, UDPLITE = 1, 6, 17, 47, 50, 58, 132, 136
_ETHERTYPE = {4: 0x0800, 6: 0x86DD}
_HOPS = 64
_MARK = b"pkt:"


Packet = verdict.Packet
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address(text: str) -> Address:
    return ipaddress.ip_address(text)


def build(packet: Packet, number: int) -> bytes:
    """The IP packet."""
    addresses = packet.source.packed + packet.destination.packed
    carried = _payload(packet, _MARK + struct.pack(">I", number), addresses)
    if packet.source.version == 4:
        head = struct.pack(">BxHHxxBB", 0x45, 20 + len(carried), number & 0xFFFF, _HOPS, packet.protocol)
        return head + struct.pack(">H", checksums.internet(head, addresses)) + addresses + carried
    return struct.pack(">IHBB", 6 << 28, len(carried), packet.protocol, _HOPS) + addresses + carried


def ethernet(datagram: bytes, source: bytes, destination: bytes) -> bytes:
    """The frame around an IP packet."""
    return destination + source + struct.pack(">H", _ETHERTYPE[datagram[0] >> 4]) + datagram


def payload(datagram: bytes) -> bytes:
    """What an IP packet without options carries: what no router changes."""
    if datagram[0] >> 4 == 6:
        return datagram[40 : 40 + int.from_bytes(datagram[4:6], "big")]
    return datagram[20 : int.from_bytes(datagram[2:4], "big")]


def number(carried: bytes) -> int | None:
    """The number of a packet of ours by what it carries."""
    tail = carried[-8:]
    return int.from_bytes(tail[4:], "big") if tail[:4] == _MARK else None


def _payload(packet: Packet, tail: bytes, addresses: bytes) -> bytes:
    if packet.protocol in (ICMP, ICMPV6):
        return _icmp(packet, tail, addresses)
    if packet.protocol == TCP:
        return _tcp(packet, tail, addresses)
    if packet.protocol in (UDP, UDPLITE):
        return _udp(packet, tail, addresses)
    if packet.protocol == SCTP:
        return _sctp(packet, tail)
    return bytes(4) + tail  # GRE of version 0 without options; to others any bytes are as good


def _pseudo(packet: Packet, length: int, addresses: bytes) -> bytes:
    return addresses + struct.pack(">IxxxB", length, packet.protocol)


def _ports(packet: Packet) -> bytes:
    assert packet.source_port is not None
    assert packet.destination_port is not None
    return struct.pack(">HH", packet.source_port, packet.destination_port)


def _tcp(packet: Packet, tail: bytes, addresses: bytes) -> bytes:
    """A SYN."""
    head = _ports(packet) + struct.pack(">IIBBH", 1, 0, 5 << 4, 2, 1024)
    total = checksums.internet(_pseudo(packet, 20 + len(tail), addresses), head, tail)
    return head + struct.pack(">HH", total, 0) + tail


def _udp(packet: Packet, tail: bytes, addresses: bytes) -> bytes:
    """Of UDP-Lite the header is covered, and summed up as if it were UDP: so Linux's conntrack checks it, wrongly."""
    lite = packet.protocol == UDPLITE
    head = _ports(packet) + struct.pack(">H", 8 if lite else 8 + len(tail))
    pseudo = _pseudo(dataclasses.replace(packet, protocol=UDP), 8 + len(tail), addresses)
    total = checksums.internet(pseudo, head, b"\0\0", b"" if lite else tail)
    return head + struct.pack(">H", total or 0xFFFF) + tail


def _sctp(packet: Packet, tail: bytes) -> bytes:
    """An INIT."""
    chunk = struct.pack(">BBHIIHHI", 1, 0, 20 + len(tail), 1, 65536, 1, 1, 1) + tail
    head = _ports(packet) + bytes(4)
    return head + struct.pack("<I", checksums.crc32c(head + bytes(4) + chunk)) + chunk


def _icmp(packet: Packet, tail: bytes, addresses: bytes) -> bytes:
    """The tail is the data of an echo; others are as long, whatever should stand there."""
    head = struct.pack(">BB", packet.icmp_type, packet.icmp_code)
    # The identifier is that of the packet, so that conntrack takes no two for one exchange.
    rest = tail[6:] + b"\0\1" + bytes(12) + tail
    pseudo = _pseudo(packet, 4 + len(rest), addresses) if packet.protocol == ICMPV6 else b""
    return head + struct.pack(">H", checksums.internet(pseudo, head, b"\0\0", rest)) + rest
