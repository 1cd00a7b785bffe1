"""What a container gets at Join beside its interface: MTU, gateways, and the ways to its networks."""

import dataclasses
import ipaddress
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import fields
from calico_node.libnetwork.errors import Refused
from tests.fakes import cluster
from tests.unit.node.libnetwork.conftest import BACKEND, FRONTEND, World

EP1, EP2, EP3 = "1" * 64, "2" * 64, "3" * 64
POOLS = ["10.65.0.0/24", "fd65::/112"]


def say(world: World, identity: str = FRONTEND, **changes: Any) -> None:
    """The engine says this of a network."""
    world.engine.known[identity] = dataclasses.replace(world.engine.known[identity], **changes)
    world.networks.forget(identity)


def behind(answer: Any) -> dict[str, str]:
    """Destinations and their gateways."""
    return {route["Destination"]: route["NextHop"] for route in answer["StaticRoutes"] if route["RouteType"] == 0}


def join(world: World, endpoint: str, network: str = FRONTEND, **where: Any) -> Any:
    world.create(endpoint, network, v4=world.address(4), v6=world.address(6))
    return world.join(endpoint, network, **where)


def mtu(world: World) -> int:
    world.create(EP1, v4=world.address())
    world.join(EP1)
    [pair] = world.links.pairs.values()
    return pair.mtu


def have_pool(world: World, name: str, cidr: str, stated: str) -> None:
    world.store.put(*cluster.record("IPPool", name, {"cidr": cidr}, annotations={"calico.docker/mtu": stated}))


def test_the_mtu_is_that_of_the_way_to_the_other_hosts(world: World) -> None:
    assert mtu(world) == 8950


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        pytest.param({"cidr": "10.66.0.0/24", "vxlanMode": "CrossSubnet"}, 8900, id="VXLAN"),
        pytest.param({"cidr": "10.66.0.0/24", "ipipMode": "Always"}, 8930, id="IPIP"),
        pytest.param({"cidr": "fd66::/112", "vxlanMode": "Always"}, 8950, id="another family"),
    ],
)
def test_a_tunnel_to_any_pool_takes_of_the_mtu(world: World, spec: dict[str, Any], wanted: int) -> None:
    world.store.put(*cluster.record("IPPool", "other", spec))
    assert mtu(world) == wanted


def test_without_known_uplink_the_mtu_is_the_usual_one(world: World) -> None:
    world.links.mtus.clear()
    assert mtu(world) == 1500


@pytest.mark.parametrize(("stated", "wanted"), [("1400", 1400), ("9000", 9000), ("12", 8950), ("x", 8950)])
def test_a_pool_may_say_another_mtu(world: World, stated: str, wanted: int) -> None:
    have_pool(world, "p4", "10.65.0.0/24", stated)
    have_pool(world, "p6", "fd65::/112", "1300")
    assert mtu(world) == wanted


def test_of_two_pools_the_smaller_mtu_counts(world: World) -> None:
    have_pool(world, "p4", "10.65.0.0/24", "1500")
    have_pool(world, "p6", "fd65::/112", "1300")
    join(world, EP1)
    assert [pair.mtu for pair in world.links.pairs.values()] == [1300]


def test_the_network_has_the_last_word_on_its_mtu(world: World) -> None:
    have_pool(world, "p4", "10.65.0.0/24", "1400")
    say(world, options={"com.docker.network.driver.mtu": "1450"})
    assert mtu(world) == 1450


def test_a_pool_that_cannot_be_read_keeps_no_container_from_its_network(world: World) -> None:
    world.store.put(cluster.pool_key("broken"), {"metadata": {"name": "broken"}, "spec": {"cidr": "x"}})
    assert mtu(world) == 8950


LEFT = (ipaddress.ip_network("10.65.0.0/26"), ipaddress.ip_network("fd65::/122"))
RIGHT = (ipaddress.ip_network("10.65.0.64/26"), ipaddress.ip_network("fd65::40/122"))


def join_in(world: World, endpoint: str, network: str, subnets: tuple[fields.Network, ...], **where: Any) -> Any:
    """As a container that gets its addresses of a network's subnets."""
    found = [world.ipam("RequestAddress", PoolID=str(subnet))["Address"] for subnet in subnets]
    world.create(endpoint, network, v4=found[0], v6=found[1])
    return world.join(endpoint, network, **where)


def test_each_network_of_a_container_leads_to_its_own_subnet(world: World) -> None:
    say(world, FRONTEND, subnets=LEFT)
    say(world, BACKEND, subnets=RIGHT)
    first = behind(join_in(world, EP1, FRONTEND, LEFT))
    assert first == {"10.65.0.0/26": "169.254.1.1", "fd65::/122": "fe80::ecee:eeff:feee:eeee"}
    world.restart()
    second = behind(join_in(world, EP2, BACKEND, RIGHT))
    assert second == {"10.65.0.64/26": "169.254.1.2", "fd65::40/122": "fe80::ecee:eeff:feee:eeef"}


def test_what_is_behind_a_network_is_of_the_families_that_the_endpoint_has(world: World) -> None:
    say(world, subnets=LEFT)
    world.create(EP1, v6=world.address(6))
    assert list(behind(world.join(EP1))) == ["fd65::/122"]


def test_nothing_is_behind_a_network_that_shares_its_addresses(world: World) -> None:
    assert behind(join(world, EP1)) == {}
    say(world, subnets=tuple(map(ipaddress.ip_network, POOLS)))
    assert behind(join(world, EP2, sandbox="/x")) == {}
    say(world, FRONTEND, subnets=LEFT)
    say(world, BACKEND, subnets=(ipaddress.ip_network("10.65.0.0/28"),))
    assert world.networks.of(BACKEND).subnets
    assert list(behind(join(world, EP3, sandbox="/y"))) == ["fd65::/122"]


def test_a_network_that_was_only_just_made_counts_too(world: World) -> None:
    say(world, subnets=LEFT)
    data = {"AddressSpace": "CalicoLocalAddressSpace", "Pool": "10.65.0.0/27"}
    world.network("CreateNetwork", NetworkID=BACKEND, Options={}, IPv4Data=[data], IPv6Data=[])
    assert list(behind(join(world, EP1))) == ["fd65::/122"]
    world.network("DeleteNetwork", NetworkID=BACKEND)
    assert list(behind(world.join(EP1))) == ["10.65.0.0/26", "fd65::/122"]


def test_an_address_behind_another_route_of_the_container_is_refused_in_plain_words(world: World) -> None:
    say(world, FRONTEND, subnets=LEFT)
    join_in(world, EP1, FRONTEND, LEFT)
    world.restart()
    with pytest.raises(Refused, match=r"cannot have 10.65.0.1 too: it is in the subnet 10.65.0.0/26 of another"):
        join_in(world, EP2, BACKEND, LEFT)
    assert list(world.links.pairs) == ["cali11111111111"]
    join_in(world, EP3, BACKEND, LEFT, sandbox="/var/run/docker/netns/2")


def test_what_has_no_subnet_spares_those_of_the_hosts_other_networks(world: World) -> None:
    say(world, FRONTEND, subnets=(ipaddress.ip_network("10.65.0.0/25"), ipaddress.ip_network("fd65::/112")))
    world.networks.learn()
    found = [world.address().partition("/")[0] for _time in range(128)]
    assert all(ipaddress.ip_address(one) in ipaddress.ip_network("10.65.0.128/25") for one in found)
    assert ipaddress.ip_address(world.address().partition("/")[0]) in ipaddress.ip_network("10.65.0.0/25")
    assert world.address(6)


def test_there_are_never_more_routes_than_the_kernel_can_note(world: World) -> None:
    subnets = tuple(ipaddress.ip_network(f"fd65::{number:x}00/120") for number in range(16))
    say(world, subnets=subnets)
    found = behind(join(world, EP1))
    assert list(found) == [str(subnet) for subnet in subnets[:4]]
    [pair] = world.links.pairs.values()
    assert len(pair.alias) < 255
