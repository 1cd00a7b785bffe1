"""With which addresses workloads send, and in which wrapping: what the kernel lets pass, and translates."""

import contextlib
from typing import Any

import pytest

from tests.states import records

from . import traffic
from .crossroads import CONTAINERS, Net
from .inside import inside
from .traffic import Place

VERSIONS = pytest.mark.parametrize("version", [4, 6])


def source_seen(net: Net, version: int, target: Place) -> tuple[str, int]:
    """Where a connection of the container seems to come from."""
    with traffic.listening(target, 80) as listeners:
        client = traffic.connect(net.one.space, target.addresses[version], 80)
        assert client is not None
        server, peer = listeners[0 if version == 4 else 1].accept()
        server.close()
        client.close()
        return str(peer[0]), int(peer[1])


@VERSIONS
def test_workloads_leave_their_pools_with_an_address_of_the_host(net: Net, version: int) -> None:
    pools = [
        records.raw("IPPool", f"out{one}", {"cidr": cidr, "natOutgoing": True})
        for one, cidr in ((4, "10.65.0.0/16"), (6, "fd65::/48"))
    ]
    inside_too = [
        records.raw("IPPool", f"in{one}", {"cidr": cidr, "disabled": True})
        for one, cidr in ((4, "198.51.100.0/24"), (6, "2001:db8:1::/64"))
    ]
    own, host = net.one.addresses[version], net.itself.addresses[version]
    net.host.apply(CONTAINERS)
    assert source_seen(net, version, net.outside)[0] == own
    net.host.apply((*CONTAINERS, *pools, *inside_too))
    assert source_seen(net, version, net.outside)[0] == host
    assert source_seen(net, version, net.inner)[0] == own
    node = {"ipv4Address": "192.0.2.9/24", "ipv6Address": "2001:db8::9/64"}
    other = records.raw("Node", "host2", {"bgp": node})
    net.host.apply((*CONTAINERS, *pools, other, records.felix(natOutgoingExclusions="IPPoolsAndHostIPs")))
    assert source_seen(net, version, net.outside)[0] == own
    net.host.apply((*CONTAINERS, *pools, records.felix(natPortRange="61000:61009")))
    address, port = source_seen(net, version, net.outside)
    assert (address, 61000 <= port <= 61009) == (host, True)
    net.host.apply((*CONTAINERS, *pools, records.felix(natOutgoingAddress="192.0.2.1")))
    assert source_seen(net, version, net.outside)[0] == host


@VERSIONS
def test_a_workload_sends_from_other_addresses_only_if_record_and_configuration_say_so(net: Net, version: int) -> None:
    stranger = {4: "203.0.113.7", 6: "2001:db8:7::7"}[version]
    may = records.endpoint(1, spoofing=["203.0.113.0/24", "2001:db8:7::/64"])
    others = [change for change in CONTAINERS if change.key != may.key]
    any_source = records.felix(workloadSourceSpoofing="Any")

    def arrives() -> bool:
        with traffic.receiving(net.outside, version, 7) as receiver:
            traffic.datagram(net.one.space, stranger, net.outside.addresses[version], 7)
            return traffic.received(receiver) == 1

    for changes, passes in (
        ((*others, may), False),
        ((*CONTAINERS, any_source), False),
        ((*others, may, any_source), True),
        ((*others, may), False),
    ):
        net.host.apply(changes)
        assert arrives() is passes


@pytest.mark.parametrize(
    ("port", "field"), [(4789, {}), (8472, {"vxlanPort": 8472})], ids=["as by default", "as configured"]
)
@VERSIONS
def test_workloads_build_no_tunnels_unless_the_configuration_lets_them(
    net: Net, version: int, port: int, field: dict[str, Any]
) -> None:
    def arrives(port: int) -> bool:
        with traffic.receiving(net.outside, version, port) as receiver:
            traffic.datagram(net.one.space, net.one.addresses[version], net.outside.addresses[version], port)
            return traffic.received(receiver) == 1

    net.host.apply((*CONTAINERS, records.felix(**field)))
    assert not arrives(port)
    assert arrives(port + 1)
    net.host.apply((*CONTAINERS, records.felix(allowVXLANPacketsFromWorkloads=True, **field)))
    assert arrives(port)


def test_workloads_wrap_no_ip_in_ip_unless_the_configuration_lets_them(net: Net) -> None:
    def arrives() -> bool:
        with inside(net.outside.space), traffic.raw(4) as receiver:
            with inside(net.one.space), traffic.raw(4) as sender:
                sender.sendto(b"\x45" + bytes(19), (net.outside.addresses[4], 0))
            with contextlib.suppress(TimeoutError):
                return bool(receiver.recv(64))
        return False

    net.host.apply(CONTAINERS)
    assert not arrives()
    net.host.apply((*CONTAINERS, records.felix(allowIPIPPacketsFromWorkloads=True)))
    assert arrives()
