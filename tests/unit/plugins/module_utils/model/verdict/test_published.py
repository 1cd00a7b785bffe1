"""Packets to ports that a host publishes: where they go on, and who decides then."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder, verdict
from tests.states import records

TCP, UDP = 6, 17
NODE = records.raw("Node", "host1", {"bgp": {"ipv4Address": "192.0.2.1/24", "ipv6Address": "2001:db8::1/64"}})
OPEN = records.policy("open", selector="all()", ingress=[{"action": "Allow"}])


def asked(*ports: Mapping[str, Any], destination: str = "192.0.2.1", protocol: int = TCP) -> verdict.Verdict:
    """What becomes of a packet from outside to port 8080."""
    changes = (NODE, OPEN, records.network("frontend"), records.endpoint(1, ports=ports), records.endpoint(2))
    source = "198.51.100.7" if "." in destination else "2001:db8:9::7"
    ends = (ipaddress.ip_address(one) for one in (source, destination))
    return verdict.between(snapshot_builder.build(changes, 1), verdict.Packet(protocol, *ends, 49152, 8080))


def port(inner: int = 80, outer: int = 8080, **more: Any) -> dict[str, Any]:
    return {"name": "published", "protocol": "TCP", "port": inner, "hostPort": outer, **more}


def led(found: verdict.Verdict) -> str:
    """Where the packet went on to; "" if it stayed with the host."""
    return "".join(step.reason.rpartition("goes on to ")[2] for step in found.trail if step.outcome == "Translate")


@pytest.mark.parametrize("destination", ["192.0.2.1", "2001:db8::1"])
def test_the_trail_says_where_it_goes_on_and_who_decides(destination: str) -> None:
    found = asked(port(), destination=destination)
    assert led(found) == ("10.65.0.1 port 80" if "." in destination else "fd65::1 port 80")
    assert str(found) == "allow (GlobalNetworkPolicy open, rule 1)"


@pytest.mark.parametrize(
    ("ports", "goes"),
    [
        ([port(outer=8081)], ""),
        ([port(protocol="UDP")], ""),
        ([port(protocol=6)], "10.65.0.1 port 80"),
        ([port(hostIP="")], "10.65.0.1 port 80"),
        ([port(hostIP="::")], ""),
        ([port(hostIP="192.0.2.2")], ""),
        ([port(hostIP="here")], ""),
        ([port(81), port(82, hostIP="192.0.2.1")], "10.65.0.1 port 82"),
        ([{"name": "web", "protocol": "TCP", "port": 8080}], ""),
    ],
)
def test_which_port_it_is(ports: list[dict[str, Any]], goes: str) -> None:
    assert led(asked(*ports)) == goes


def test_nobody_outside_is_led_on_by_a_loopback_address() -> None:
    changes = (NODE, OPEN, records.network("frontend"), records.endpoint(1, ports=[port()]))
    packet = verdict.Packet(TCP, *map(ipaddress.ip_address, ("198.51.100.7", "127.0.0.1")), 49152, 8080)
    found = verdict.at_host(snapshot_builder.build(changes, 1), "host1", packet, incoming="eth0", outgoing=None)
    assert led(found) == ""


def test_what_untracked_policy_allows_is_not_led_on() -> None:
    raw = {"selector": "all()", "applyOnForward": True, "doNotTrack": True}
    changes = (
        NODE,
        records.network("frontend"),
        records.endpoint(1, ports=[port()]),
        records.host_endpoint("uplink", interfaceName="eth0"),
        records.policy("raw", ingress=[{"action": "Allow"}], **raw),
    )
    packet = verdict.Packet(TCP, *map(ipaddress.ip_address, ("198.51.100.7", "192.0.2.1")), 49152, 8080)
    found = verdict.between(snapshot_builder.build(changes, 1), packet)
    assert found.allowed
    assert led(found) == ""
