"""Which blocks are behind tunnels, and what a host needs to reach them."""

import dataclasses

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import snapshot_builder
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot
from calico_node.calc import borrowed, settings, tunnels
from calico_node.calc.tunnels import End, Route
from tests.states import records

VTEP1, VTEP2, VTEP3 = "10.65.0.62", "10.65.0.65", "10.65.0.129"
OWN = records.node("host1", "192.0.2.11/24", ipv4VXLANTunnelAddr=VTEP1)
NEIGHBOUR = records.node("host2", "192.0.2.12/24", ipv4VXLANTunnelAddr=VTEP2)
FAR = records.node("host3", "198.51.100.13/24", ipv4VXLANTunnelAddr=VTEP3)
BLOCKS = (
    records.affinity("host1", "10.65.0.0/26"),
    records.affinity("host2", "10.65.0.64/26"),
    records.affinity("host3", "10.65.0.128/26"),
)
# By the rule of upstream: 66, then what `printf host2 | sha1sum` begins with.
MAC2, MAC3 = "66:e0:d8:7a:84:9f", "66:3b:39:99:2c:0b"


def pool(**modes: str) -> records.Change:
    return records.raw("IPPool", "pool", {"cidr": "10.65.0.0/16", **modes})


def snapshot(*changes: records.Change) -> Snapshot:
    return snapshot_builder.build(changes, 1)


def calculated(*changes: records.Change) -> tunnels.Tunnels:
    found = snapshot(*changes)
    return tunnels.calculate(found, "host1", settings.settings(found, "host1"), borrowed.borrowed(found))


def test_always_sends_everything_through_the_tunnel() -> None:
    found = calculated(pool(vxlanMode="Always"), OWN, NEIGHBOUR, FAR, *BLOCKS)
    assert found.routes == (
        Route("10.65.0.128/26", VTEP3, "vxlan.calico"),
        Route("10.65.0.64/26", VTEP2, "vxlan.calico"),
    )
    assert found.ends == {
        "vxlan.calico": (End(VTEP3, MAC3, "198.51.100.13"), End(VTEP2, MAC2, "192.0.2.12")),
    }
    assert found.problems == ()


def test_cross_subnet_goes_straight_to_a_neighbour() -> None:
    found = calculated(pool(vxlanMode="CrossSubnet"), OWN, NEIGHBOUR, FAR, *BLOCKS)
    assert found.routes == (
        Route("10.65.0.128/26", VTEP3, "vxlan.calico"),
        Route("10.65.0.64/26", "192.0.2.12"),
    )
    assert found.ends == {"vxlan.calico": (End(VTEP3, MAC3, "198.51.100.13"),)}


def test_ipip_sends_to_the_host_itself() -> None:
    own = records.raw("Node", "host1", {"bgp": {"ipv4Address": "192.0.2.11/24", "ipv4IPIPTunnelAddr": "10.65.0.1"}})
    found = calculated(pool(ipipMode="CrossSubnet"), own, NEIGHBOUR, FAR, *BLOCKS)
    assert found.routes == (
        Route("10.65.0.128/26", "198.51.100.13", "ipip.calico"),
        Route("10.65.0.64/26", "192.0.2.12"),
    )
    assert found.ends == {}
    assert [(one.name, one.address, one.mac) for one in found.devices] == [("ipip.calico", "10.65.0.1", "")]


def test_without_a_mode_there_is_nothing() -> None:
    assert calculated(pool(), OWN, NEIGHBOUR, FAR, *BLOCKS) == tunnels.Tunnels()


def test_the_device_is_as_configured() -> None:
    felix = records.felix(vxlanPort=4790, vxlanVNI=7, vxlanMTU=1400)
    own = records.node("host1", "192.0.2.11/24", ipv4VXLANTunnelAddr=VTEP1, vxlanTunnelMACAddr="66:00:00:00:00:0A")
    (device,) = calculated(pool(vxlanMode="Always"), felix, own).devices
    assert device == tunnels.Device(
        name="vxlan.calico",
        kind="vxlan",
        version=4,
        address=VTEP1,
        local="192.0.2.11",
        mac="66:00:00:00:00:0a",
        port=4790,
        vni=7,
        mtu=1400,
    )


@pytest.mark.parametrize(
    "mac", ["garbage", "aa-bb-cc-dd-ee-ff", "66:00:00:00:00:zz", "01:00:00:00:00:01", "00:00:00:00:00:00"]
)
def test_a_mac_address_that_no_card_may_have_is_as_none(mac: str) -> None:
    strange = records.node("host2", "192.0.2.12/24", ipv4VXLANTunnelAddr=VTEP2, vxlanTunnelMACAddr=mac)
    found = calculated(pool(vxlanMode="Always"), OWN, strange, *BLOCKS)
    assert found.ends == {"vxlan.calico": (End(VTEP2, MAC2, "192.0.2.12"),)}


def test_of_two_hosts_that_claim_one_address_one_has_it_and_that_is_told() -> None:
    twins = [records.endpoint(number, node=f"host{number}", addresses=["10.65.0.200"]) for number in (2, 3)]
    found = calculated(pool(vxlanMode="Always"), OWN, NEIGHBOUR, FAR, *BLOCKS, *twins)
    assert [route.gateway for route in found.routes if route.destination == "10.65.0.200/32"] == [VTEP2]
    assert [text for text in found.problems if "10.65.0.200/32" in text]


def test_what_lacks_a_tunnel_address_is_told_and_has_no_route() -> None:
    found = calculated(pool(vxlanMode="Always"), OWN, records.node("host2", "192.0.2.12/24"), *BLOCKS)
    assert found.routes == ()
    assert found.problems == ("Node host2: no IPv4 VXLAN tunnel address yet; its calico-libnetwork takes one",)


@pytest.mark.parametrize("address", ["", "nonsense", "fd65::1", "0.0.0.0", "224.0.0.1"])
def test_without_its_own_end_a_host_has_no_device(address: str) -> None:
    own = records.node("host1", "192.0.2.11/24", ipv4VXLANTunnelAddr=address)
    found = calculated(pool(vxlanMode="Always"), own, NEIGHBOUR, *BLOCKS)
    assert (found.devices, found.routes, found.hosts) == ((), (), {})
    assert found.problems == ("Node host1: no IPv4 VXLAN tunnel address yet; its calico-libnetwork takes one",)


def test_a_borrowed_address_leads_to_its_borrower() -> None:
    stranger = records.endpoint(70, node="host3", addresses=["10.65.0.70"])  # in host2's block
    at_home = records.endpoint(130, node="host3", addresses=["10.65.0.130"])
    found = calculated(pool(vxlanMode="Always"), OWN, NEIGHBOUR, FAR, *BLOCKS, stranger, at_home)
    assert Route("10.65.0.70/32", VTEP3, "vxlan.calico") in found.routes
    assert len(found.routes) == 3


def test_a_block_that_is_not_confirmed_is_nobodys() -> None:
    pending = records.affinity("host2", "10.65.0.64/26", "pending")
    assert calculated(pool(vxlanMode="Always"), OWN, NEIGHBOUR, pending).routes == ()


def test_borrowed_addresses_are_kept_up_to_date_as_calculated_whole() -> None:
    keeper = borrowed.Borrowed()
    stores = [
        (pool(vxlanMode="Always"), *BLOCKS),
        (pool(vxlanMode="Always"), *BLOCKS, records.endpoint(70, node="host3", addresses=["10.65.0.70"])),
        (pool(vxlanMode="Always"), *BLOCKS[:1], records.endpoint(70, node="host3", addresses=["10.65.0.70"])),
        (pool(), *BLOCKS, records.endpoint(70, node="host3", addresses=["10.65.0.70"])),
        (pool(ipipMode="Always"), *BLOCKS, records.endpoint(70, node="host2", addresses=["10.65.0.70"])),
    ]
    seen = []
    for changes in stores:
        found = snapshot(*changes)
        seen.append(keeper.update(found, found.endpoints))
        assert seen[-1] == borrowed.borrowed(found)
    assert [len(one) for one in seen] == [0, 1, 1, 0, 0]


def test_hosts_are_those_of_the_family() -> None:
    six = records.node("host4", "2001:db8::14/64")
    found = calculated(pool(vxlanMode="Always"), OWN, FAR, six)
    assert found.hosts == {("vxlan", 4): ("192.0.2.11", "198.51.100.13")}


def test_the_order_of_records_does_not_matter() -> None:
    changes = (pool(vxlanMode="Always"), OWN, NEIGHBOUR, FAR, *BLOCKS)
    assert dataclasses.asdict(calculated(*changes)) == dataclasses.asdict(calculated(*reversed(changes)))
