"""The IPAM driver as the engine calls it."""

from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.ipam import errors as ipam_errors
from calico_node.libnetwork.errors import Refused
from tests.fakes import cluster
from tests.unit.node.libnetwork.conftest import World

SPACE = "CalicoLocalAddressSpace"


def pool(**fields: Any) -> dict[str, Any]:
    return {"AddressSpace": SPACE, "Pool": "", "SubPool": "", "Options": None, "V6": False} | fields


def test_capabilities_and_address_spaces_need_no_store(world: World) -> None:
    world.store.fail(100)
    assert world.ipam("GetCapabilities") == {"RequiresMACAddress": False, "RequiresRequestReplay": False}
    assert world.ipam("GetDefaultAddressSpaces")["LocalDefaultAddressSpace"] == SPACE


@pytest.mark.parametrize(
    ("asked", "identity", "given", "gateway"),
    [
        pytest.param(pool(), "CalicoPoolIPv4", "0.0.0.0/0", "0.0.0.0/0", id="automatic IPv4"),
        pytest.param(pool(V6=True), "CalicoPoolIPv6", "::/0", "::/0", id="automatic IPv6"),
        pytest.param(pool(Pool="10.65.0.0/24"), "10.65.0.0/24", "10.65.0.0/24", "0.0.0.0/0", id="a whole IPv4 pool"),
        pytest.param(pool(Pool="fd65::/112", V6=True), "fd65::/112", "fd65::/112", "::/0", id="a whole IPv6 pool"),
        pytest.param(pool(Pool="10.65.0.0/25"), "10.65.0.0/25", "10.65.0.0/25", "0.0.0.0/0", id="a part of a pool"),
        pytest.param(
            pool(Pool="10.65.0.0/25", SubPool="10.65.0.8/29"),
            "10.65.0.0/25,10.65.0.8/29",
            "10.65.0.0/25",
            "0.0.0.0/0",
            id="a range in a part of a pool",
        ),
    ],
)
def test_a_pool_is_given_with_a_gateway_so_that_none_is_asked_for(
    world: World, asked: dict[str, Any], identity: str, given: str, gateway: str
) -> None:
    answer = world.ipam("RequestPool", **asked)
    assert answer == {"PoolID": identity, "Pool": given, "Data": {"com.docker.network.gateway": gateway}}
    assert world.ipam("RequestPool", **asked) == answer
    assert world.ipam("ReleasePool", PoolID=identity) == {}


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        pytest.param(pool(Pool="10.99.0.0/24"), r"pools are p4 \(10.65.0.0/24\)", id="an unknown pool"),
        pytest.param(pool(Pool="10.65.0.0/16"), r"is more than pool p4", id="more than a pool"),
        pytest.param(
            pool(Pool="10.65.0.0/25", SubPool="10.65.0.0/24"),
            "--ip-range 10.65.0.0/24 is refused: needs a part of --subnet 10.65.0.0/25",
            id="a range outside the subnet",
        ),
        pytest.param(pool(SubPool="10.65.0.0/28"), "needs a --subnet that it is a part of", id="a range of nothing"),
        pytest.param(pool(Pool="10.65.0.0/25", SubPool="fd65::/120"), "--ip-range fd65::/120", id="a range of IPv6"),
        pytest.param(pool(SubPool="ten"), "SubPool: 'ten' is refused", id="a range of nonsense"),
        pytest.param(pool(Options={"fast": "yes"}), "--ipam-opt fast is refused: .* knows no options", id="an option"),
        pytest.param(pool(Pool="10.65.0.1/24"), "Pool: .* did you mean 10.65.0.0/24", id="host bits"),
        pytest.param(pool(Pool="ten"), "Pool: 'ten' is refused: must be a CIDR", id="nonsense"),
        pytest.param(pool(Pool="10.65.0.0/24", V6=True), "must be an IPv6 pool", id="the wrong family"),
        pytest.param(pool(AddressSpace="LocalDefault"), "AddressSpace: 'LocalDefault'", id="another driver's space"),
    ],
)
def test_a_pool_that_cannot_be_is_refused(world: World, asked: dict[str, Any], text: str) -> None:
    with pytest.raises((Refused, Invalid, ipam_errors.NoPool), match=text):
        world.ipam("RequestPool", **asked)


def test_a_host_without_ipv6_pools_refuses_only_ipv6(world: World) -> None:
    world.store.delete(cluster.pool_key("p6"))
    assert world.ipam("RequestPool", **pool())
    with pytest.raises(ipam_errors.NoPool, match="no IPv6 pool serves workloads on node host1"):
        world.ipam("RequestPool", **pool(V6=True))


def test_addresses_come_from_the_pool_that_the_id_names(world: World) -> None:
    assert world.ipam("RequestAddress", PoolID="CalicoPoolIPv4")["Address"].startswith("10.65.0.")
    assert world.ipam("RequestAddress", PoolID="CalicoPoolIPv6")["Address"].startswith("fd65::")
    answer = world.ipam("RequestAddress", PoolID="10.65.0.0/24", Address="10.65.0.9", Options=None)
    assert answer == {"Address": "10.65.0.9/32"}


def test_addresses_come_from_the_subnet_and_the_range_that_the_id_names(world: World) -> None:
    given = [world.ipam("RequestAddress", PoolID="10.65.0.128/25,10.65.0.130/31")["Address"] for _time in range(2)]
    assert given == ["10.65.0.130/32", "10.65.0.131/32"]
    by_name = world.ipam("RequestAddress", PoolID="10.65.0.128/25,10.65.0.130/31", Address="10.65.0.140")
    assert by_name == {"Address": "10.65.0.140/32"}
    with pytest.raises(ipam_errors.NotInPool, match=r"10.65.0.9 is not in subnet 10.65.0.128/25"):
        world.ipam("RequestAddress", PoolID="10.65.0.128/25", Address="10.65.0.9")


def test_pool_ids_outlive_the_process(world: World) -> None:
    identity = world.ipam("RequestPool", **pool(Pool="10.65.0.0/24"))["PoolID"]
    world.restart()
    assert world.ipam("RequestAddress", PoolID=identity, Address="10.65.0.9") == {"Address": "10.65.0.9/32"}


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        pytest.param({"PoolID": "LocalDefault/172.17.0.0/16"}, "PoolID: .* must be CalicoPoolIPv4", id="no id of ours"),
        pytest.param({"PoolID": "10.65.0.0/25,10.65.0.0/24"}, "PoolID: .* must be", id="a range outside its subnet"),
        pytest.param({"PoolID": "10.65.0.0/25,fd65::/120"}, "PoolID: .* must be", id="a range of the other family"),
        pytest.param({"PoolID": "10.65.0.0/25,"}, "PoolID: .* must be", id="half an id"),
        pytest.param({"PoolID": "CalicoPoolIPv4", "Address": "fd65::1"}, "has IPv4 addresses", id="the wrong family"),
        pytest.param({"PoolID": "CalicoPoolIPv4", "Address": "10.65.0"}, "must be an IP address", id="nonsense"),
        pytest.param({"PoolID": "CalicoPoolIPv4", "Address": ["a"]}, "must be an IP address", id="a list"),
        pytest.param({"PoolID": None}, "PoolID: a missing value .* required", id="no pool"),
        pytest.param({"PoolID": 7}, "PoolID: 7 is refused", id="a number"),
        pytest.param({"PoolID": "CalicoPoolIPv4", "Options": "x"}, "Options: 'x' .* must be an object", id="options"),
    ],
)
def test_an_address_request_that_makes_no_sense_is_refused(world: World, asked: dict[str, Any], text: str) -> None:
    with pytest.raises((Refused, Invalid), match=text):
        world.ipam("RequestAddress", **asked)


@pytest.mark.parametrize(
    ("identity", "wanted", "given"),
    [
        pytest.param("CalicoPoolIPv4", "", "0.0.0.0/0", id="any, IPv4"),
        pytest.param("CalicoPoolIPv6", "", "::/0", id="any, IPv6"),
        pytest.param("10.65.0.0/24", "10.65.0.1", "10.65.0.1/32", id="the one of --gateway"),
    ],
)
def test_a_gateway_takes_nothing_from_the_pool(world: World, identity: str, wanted: str, given: str) -> None:
    options = {"RequestAddressType": "com.docker.network.gateway"}
    assert world.ipam("RequestAddress", PoolID=identity, Address=wanted, Options=options) == {"Address": given}
    assert world.taken() == []


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "10.65.0.200", "192.0.2.1"])
def test_releasing_what_nobody_holds_is_no_error(world: World, address: str) -> None:
    assert world.ipam("ReleaseAddress", PoolID="CalicoPoolIPv4", Address=address) == {}


def test_a_released_address_is_free(world: World) -> None:
    address = world.address().partition("/")[0]
    for _time in range(2):
        assert world.ipam("ReleaseAddress", PoolID="CalicoPoolIPv4", Address=address) == {}
    assert world.taken() == []


def test_a_late_release_does_not_take_a_running_containers_address(world: World) -> None:
    address = world.run("1" * 64)
    world.ipam("ReleaseAddress", PoolID="CalicoPoolIPv4", Address=address)
    assert world.taken() == [address]


def test_a_store_that_is_down_is_an_error_and_nothing_is_taken(world: World) -> None:
    world.store.fail(1)
    with pytest.raises(store.Unavailable):
        world.address()
    assert world.taken() == []
