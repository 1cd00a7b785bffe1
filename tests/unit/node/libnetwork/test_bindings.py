"""Whether a process of the host has a port, asked of the real kernel at loopback addresses."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from calico_node.libnetwork import bindings

LOOPBACK = {4: ipaddress.ip_address("127.0.0.1"), 6: ipaddress.ip_address("::1")}
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
KINDS = {"TCP": socket.SOCK_STREAM, "UDP": socket.SOCK_DGRAM}


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("protocol", ["TCP", "UDP"])
def test_a_port_is_had_by_who_uses_it(version: int, protocol: str) -> None:
    with socket.socket(FAMILIES[version], KINDS[protocol]) as process:
        process.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(protocol == "TCP"))
        process.bind((str(LOOPBACK[version]), 0))
        if protocol == "TCP":
            process.listen()
        port = process.getsockname()[1]
        for address in (LOOPBACK[version], None):
            assert bindings.objection(protocol, version, address, port) == "a process of the host has it"
    assert bindings.objection(protocol, version, LOOPBACK[version], port) is None


def test_a_connection_that_has_ended_keeps_nobody_off() -> None:
    with socket.socket() as process:
        process.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        process.bind(("127.0.0.1", 0))
        process.listen()
        port = process.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            process.accept()[0].close()  # who closes first keeps the port for a minute
            assert client.recv(1) == b""
    assert bindings.objection("TCP", 4, LOOPBACK[4], port) is None


def test_an_address_of_somebody_else_is_none_of_the_hosts() -> None:
    address = ipaddress.ip_address("192.0.2.77")
    assert bindings.objection("TCP", 4, address, 0) == "the address is not the host's"


def test_the_kernels_own_ports_are_a_range_of_them() -> None:
    found = bindings.dynamic()
    assert 1024 <= found.start < found.stop <= 65536
