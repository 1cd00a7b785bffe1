"""What a container gets at Join beside its interface: MTU, gateways, and the ways to its networks."""

import dataclasses
import ipaddress
from typing import Any

import pytest

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


def test_all_pools_are_behind_a_network(world: World) -> None:
    answer = join(world, EP1)
    assert list(behind(answer)) == POOLS
    assert behind(answer)["10.65.0.0/24"] == answer["Gateway"]
    assert behind(answer)["fd65::/112"] == answer["GatewayIPv6"]


def test_what_is_behind_a_network_is_of_the_families_that_the_endpoint_has(world: World) -> None:
    world.create(EP1, v6=world.address(6))
    assert list(behind(world.join(EP1))) == ["fd65::/112"]


def test_each_network_of_a_container_leads_to_its_own_subnet(world: World) -> None:
    say(world, FRONTEND, subnets=(ipaddress.ip_network("10.65.0.0/26"),))
    say(world, BACKEND, subnets=(ipaddress.ip_network("10.65.0.64/26"), ipaddress.ip_network("fd65::40/122")))
    join(world, EP1, FRONTEND)
    world.restart()
    second = behind(join(world, EP2, BACKEND))
    assert second == {"10.65.0.64/26": "169.254.1.2", "fd65::40/122": "fe80::ecee:eeff:feee:eeef"}


def test_no_two_interfaces_of_a_container_lead_to_one_destination(world: World) -> None:
    assert list(behind(join(world, EP1, FRONTEND))) == POOLS
    assert behind(join(world, EP2, BACKEND)) == {}
    assert list(behind(join(world, EP3, BACKEND, sandbox="/var/run/docker/netns/2"))) == POOLS
    world.network("Leave", NetworkID=FRONTEND, EndpointID=EP1)
    assert list(behind(world.join(EP2, BACKEND))) == POOLS


def test_behind_an_internal_network_is_only_what_is_surely_its_own(world: World) -> None:
    say(world, internal=True)
    assert behind(join(world, EP1)) == {}
    say(world, internal=True, subnets=(ipaddress.ip_network("10.65.0.0/26"),))
    assert behind(join(world, EP2)) == {"10.65.0.0/26": "169.254.1.2"}


def test_there_are_never_more_routes_than_the_kernel_can_note(world: World) -> None:
    for number in range(40):
        world.store.put(*cluster.record("IPPool", f"q{number}", {"cidr": f"10.{100 + number}.0.0/16"}))
    say(world, subnets=(ipaddress.ip_network("10.65.0.0/26"),))
    found = behind(join(world, EP1))
    assert next(iter(found)) == "10.65.0.0/26"
    assert 5 < len(found) < 41
    [pair] = world.links.pairs.values()
    assert len(pair.alias) < 255
    world.restart()
    assert behind(world.join(EP1)) == found
