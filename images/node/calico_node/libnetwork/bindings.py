"""Whether a process of the host has a port: asked of the kernel by trying to bind it, for a moment."""

from __future__ import annotations

import errno
import pathlib
import socket

from ansible_collections.calico.docker.plugins.module_utils.model import fields, ports

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_EVERYWHERE = {4: "0.0.0.0", 6: "::"}
_TYPES = {6: socket.SOCK_STREAM, 17: socket.SOCK_DGRAM, 132: socket.SOCK_STREAM}
_TCP = 6
_DYNAMIC = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_DYNAMIC = range(32768, 61000)


def dynamic() -> range:
    """The ports that the kernel itself gives to those who do not care."""
    try:
        first, last = map(int, _DYNAMIC.read_text().split())
    except (OSError, ValueError):
        return _USUAL_DYNAMIC
    return range(first, last + 1)


def objection(protocol: ports.Protocol, version: int, address: fields.Address | None, port: int) -> str | None:
    """Why the host cannot give a port away; None if it can, or if it does not know the family or protocol at all."""
    number = ports.protocol_number(protocol)
    try:
        with socket.socket(_FAMILIES[version], _TYPES[number], number) as probe:
            return _bound(probe, number, str(address or _EVERYWHERE[version]), port)
    except OSError:
        return None


def _bound(probe: socket.socket, protocol: int, address: str, port: int) -> str | None:
    if probe.family == socket.AF_INET6:
        probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if protocol == _TCP:
        # Connections that have ended do not keep others off, listeners do.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((address, port))
    except OSError as error:
        return _REASONS.get(error.errno or 0)
    return None


_REASONS = {
    errno.EADDRINUSE: "a process of the host has it",
    errno.EADDRNOTAVAIL: "the address is not the host's",
}
