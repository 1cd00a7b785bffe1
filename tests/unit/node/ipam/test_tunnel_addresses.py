"""A host's ends of tunnels: their addresses come and go with the pools that ask for them."""

import ipaddress
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import nodes, resources
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import keys
from calico_node.ipam import errors, tunnel_addresses
from tests.fakes import cluster
from tests.fakes.store import FakeStore
from tests.unit.node.ipam import audited
from tests.unit.node.ipam.world import ANY4, allocator, block_of, fake, given, handles

VXLAN = {"p1": {"cidr": "10.65.0.0/24", "vxlanMode": "CrossSubnet"}}
HANDLE = "vxlan-tunnel-addr-host1"
NODE = resources.key_of(nodes.Node, "host1")


def settle(datastore: store.Store, node: str = "host1") -> None:
    tunnel_addresses.TunnelAddresses(datastore, node, clock=cluster.Clock()).settle()


def spec(datastore: FakeStore) -> Any:
    return datastore.documents()[NODE]["spec"]


def put_pool(datastore: FakeStore, name: str, **given_spec: Any) -> None:
    datastore.put(*cluster.record("IPPool", name, given_spec))


def test_an_address_is_taken_as_upstream_does_and_the_node_says_so() -> None:
    datastore = fake(VXLAN)
    settle(datastore)
    address = ipaddress.ip_address(spec(datastore)["ipv4VXLANTunnelAddr"])
    (cidr,) = handles(datastore)[keys.handle(HANDLE)]["block"]
    assert address in ipaddress.ip_network(cidr)
    attributes = [{"handle_id": HANDLE, "secondary": {"node": "host1", "type": "vxlanTunnelAddress"}}]
    assert block_of(datastore, cidr)["attributes"] == attributes
    assert spec(datastore)["bgp"]["ipv4Address"]


def test_a_second_look_writes_nothing() -> None:
    datastore = fake(VXLAN)
    settle(datastore)
    before = datastore.documents()
    settle(datastore)
    assert datastore.documents() == before


def test_no_container_gets_it() -> None:
    datastore = fake({"p1": {"cidr": "10.65.0.0/30", "blockSize": 30, "vxlanMode": "Always"}})
    settle(datastore)
    taken = {allocator(datastore).assign(ANY4) for _ in range(3)}
    assert str(spec(datastore)["ipv4VXLANTunnelAddr"]) not in map(str, taken)
    with pytest.raises(errors.IPAMError):
        allocator(datastore).assign(ANY4)
    assert not allocator(datastore).release(ipaddress.ip_address(spec(datastore)["ipv4VXLANTunnelAddr"]))


@pytest.mark.parametrize(
    ("pool", "place"),
    [
        ({"cidr": "fd65::/64", "vxlanMode": "Always"}, ("ipv6VXLANTunnelAddr",)),
        ({"cidr": "10.65.0.0/24", "ipipMode": "Always"}, ("bgp", "ipv4IPIPTunnelAddr")),
    ],
)
def test_each_kind_of_tunnel_has_its_place(pool: dict[str, Any], place: tuple[str, ...]) -> None:
    datastore = fake({"p1": pool})
    settle(datastore)
    found = spec(datastore)
    for name in place:
        found = found[name]
    assert ipaddress.ip_address(found) in ipaddress.ip_network(pool["cidr"])
    assert len(handles(datastore)) == 1


@pytest.mark.parametrize(
    "change",
    [{"disabled": True}, {"allowedUses": ["Workload"]}, {"nodeSelector": "has(gpu)"}],
)
def test_a_pool_that_gives_no_more_addresses_keeps_its_tunnels(change: dict[str, Any]) -> None:
    datastore = fake(VXLAN)
    settle(datastore)
    put_pool(datastore, "p1", **VXLAN["p1"] | change)
    before = datastore.documents()
    settle(datastore)
    assert datastore.documents() == before


@pytest.mark.parametrize("change", [{"vxlanMode": "Never"}])
def test_what_is_no_longer_asked_for_is_given_back(change: dict[str, Any]) -> None:
    datastore = fake(VXLAN)
    settle(datastore)
    put_pool(datastore, "p1", **VXLAN["p1"] | change)
    settle(datastore)
    assert "ipv4VXLANTunnelAddr" not in spec(datastore)
    assert handles(datastore) == {}
    stored = [value for key, value in datastore.documents().items() if key.startswith(keys.blocks(4))]
    assert [block["allocations"].count(None) for block in stored] == [64]


def test_it_moves_to_the_pool_that_asks_for_it() -> None:
    datastore = fake(VXLAN)
    settle(datastore)
    put_pool(datastore, "p1", cidr="10.65.0.0/24")
    put_pool(datastore, "p2", cidr="10.66.0.0/24", vxlanMode="Always")
    settle(datastore)
    assert ipaddress.ip_address(spec(datastore)["ipv4VXLANTunnelAddr"]) in ipaddress.ip_network("10.66.0.0/24")
    assert len(handles(datastore)) == 1


@pytest.mark.parametrize("stated", ["10.65.0.77", "nonsense", None])
def test_the_node_says_again_what_the_block_says(stated: str | None) -> None:
    datastore = fake(VXLAN)
    settle(datastore)
    right = spec(datastore)["ipv4VXLANTunnelAddr"]
    document = datastore.documents()[NODE]
    document["spec"]["ipv4VXLANTunnelAddr"] = stated or ""
    datastore.put(NODE, document)
    settle(datastore)
    assert spec(datastore)["ipv4VXLANTunnelAddr"] == right
    assert len(handles(datastore)) == 1


def test_an_address_that_is_stated_and_not_held_is_not_believed() -> None:
    datastore = fake(VXLAN)
    allocator(datastore, "host2").assign(given("10.65.0.7"))
    document = datastore.documents()[NODE]
    document["spec"]["ipv4VXLANTunnelAddr"] = "10.65.0.7"
    datastore.put(NODE, document)
    settle(datastore)
    assert spec(datastore)["ipv4VXLANTunnelAddr"] != "10.65.0.7"
    assert len(handles(datastore)) == 2


def test_a_lost_race_is_run_again() -> None:
    datastore = fake(VXLAN)
    first: list[object] = []
    datastore.before_commit.append(lambda: first.append(allocator(datastore).assign(ANY4)))
    settle(datastore)
    assert spec(datastore)["ipv4VXLANTunnelAddr"] not in map(str, first)
    assert len(handles(datastore)) == 2


def test_a_host_without_a_node_is_told_so() -> None:
    with pytest.raises(errors.NotRegistered, match="node nobody has no valid Node resource"):
        settle(fake(VXLAN), "nobody")


def test_the_audit_finds_it_in_order_until_no_node_states_it() -> None:
    world = audited.World()
    world.store.put(*cluster.record("IPPool", "p1", audited.POOLS["p1"] | {"vxlanMode": "Always"}))
    settle(world.store)
    assert world.found() == []

    def unsaid(document: Any) -> Any:
        return document | {"spec": {"bgp": document["spec"]["bgp"]}}

    world.edit(NODE, unsaid)
    assert [kind for kind, _subject in world.found()] == ["leaked"]
