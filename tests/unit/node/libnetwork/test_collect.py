"""What the engine forgot is found; what a container has is never touched."""

import ipaddress

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.dataplane import veth
from calico_node.ipam import allocate
from calico_node.ipam import errors as ipam_errors
from calico_node.libnetwork import collect
from calico_node.libnetwork.errors import Refused
from tests.unit.node.libnetwork.conftest import FRONTEND, World

EP = "1" * 64


def grow_old(world: World) -> None:
    world.clock.now += collect.GRACE + 1


def forgotten(world: World) -> str:
    """A container that is gone without a word: its namespace took the veth pair along."""
    address = world.run(EP)
    world.links.pairs.clear()
    world.links.attached.clear()
    grow_old(world)
    return address


def test_what_the_engine_forgot_is_removed_once(world: World) -> None:
    forgotten(world)
    assert world.collector.collect() == 2
    assert world.endpoints() == {}
    assert world.taken() == []
    assert world.collector.collect() == 0


def test_an_address_without_endpoint_is_freed(world: World) -> None:
    world.address()
    world.address(6)
    assert world.collector.collect() == 0
    grow_old(world)
    assert world.collector.collect() == 2
    assert world.taken() == []


def test_an_endpoint_that_the_engine_knows_stays(world: World) -> None:
    address = forgotten(world)
    world.engine.attach(FRONTEND, EP)
    assert world.collector.collect() == 0
    assert world.taken() == [address]


def test_an_endpoint_whose_pair_reaches_into_a_container_stays(world: World) -> None:
    address = world.run(EP)
    grow_old(world)
    assert world.collector.collect() == 0
    assert world.taken() == [address]


def test_a_young_endpoint_stays(world: World) -> None:
    world.create(EP, v4=world.address())
    world.clock.now += collect.GRACE - 1
    assert world.collector.collect() == 0


def test_an_address_of_a_container_without_record_stays(world: World) -> None:
    address = forgotten(world)
    for key in world.endpoints():
        world.store.delete(key)
    world.engine.attach(FRONTEND, EP, ipaddress.ip_address(address))
    assert world.collector.collect() == 0
    assert world.taken() == [address]


def test_an_address_that_was_given_again_meanwhile_stays(world: World) -> None:
    """Seen as lost, then released and given to the next container before the collector acts."""
    world.ipam("RequestAddress", PoolID="CalicoPoolIPv4", Address="10.65.0.9")
    grow_old(world)

    def given_again() -> None:
        world.ipam("ReleaseAddress", PoolID="CalicoPoolIPv4", Address="10.65.0.9")
        world.ipam("RequestAddress", PoolID="CalicoPoolIPv4", Address="10.65.0.9")

    networks = world.engine.networks
    world.engine.networks = lambda: (given_again(), networks())[1]  # type: ignore[method-assign]
    assert world.collector.collect() == 0
    assert world.taken() == ["10.65.0.9"]


def test_an_engine_that_does_not_answer_stops_everything(world: World) -> None:
    address = forgotten(world)
    world.engine.error = Refused("the engine's API does not answer", 503)
    with pytest.raises(Refused):
        world.collector.collect()
    assert world.taken() == [address]
    assert len(world.endpoints()) == 1


def test_a_store_that_does_not_answer_stops_everything(world: World) -> None:
    forgotten(world)
    world.store.fail(1)
    with pytest.raises(store.Unavailable):
        world.collector.collect()


def test_an_unreadable_endpoint_stops_everything(world: World) -> None:
    """Its addresses are unknown, so no address is known to be free."""
    forgotten(world)
    [key] = world.endpoints()
    world.store.put(key, b"{}")
    with pytest.raises(Invalid):
        world.collector.collect()
    assert len(world.taken()) == 1


def stray(name: str) -> veth.Pair:
    return veth.Pair(name=name, peer="tmp", mtu=1500, alias="", gateway=None)


def test_a_stray_pair_is_removed_when_seen_twice(world: World) -> None:
    world.links.pairs["cali99999999999"] = stray("cali99999999999")
    assert [world.collector.collect(), world.collector.collect()] == [0, 1]
    assert world.links.pairs == {}


def test_a_pair_that_is_just_being_joined_stays(world: World) -> None:
    world.collector.collect()
    world.create(EP, v4=world.address())
    world.join(EP)
    assert [world.collector.collect(), world.collector.collect()] == [0, 0]
    assert list(world.links.pairs) == ["cali11111111111"]


def again(world: World, address: str) -> str:
    """The address is asked for by name, as the container with --ip does when it is started again."""
    return world.address(4, address)


def test_an_address_asked_for_again_after_a_reboot_is_taken_over(world: World) -> None:
    address = forgotten(world)
    world.engine.error = Refused("the engine's API does not answer", 503)
    assert again(world, address) == f"{address}/32"
    assert world.endpoints() == {}
    assert world.taken() == [address]
    with pytest.raises(Refused, match="no such endpoint"):
        world.join(EP)


def test_an_address_that_lost_its_record_is_taken_over_too(world: World) -> None:
    address = world.address().partition("/")[0]
    grow_old(world)
    assert again(world, address) == f"{address}/32"


def test_an_address_of_a_running_container_is_never_taken_over(world: World) -> None:
    address = world.run(EP)
    grow_old(world)
    with pytest.raises(ipam_errors.InUse):
        again(world, address)


def test_an_address_is_not_taken_over_while_a_container_without_record_may_have_it(world: World) -> None:
    address = world.run(EP)
    for key in world.endpoints():
        world.store.delete(key)
    grow_old(world)
    with pytest.raises(ipam_errors.InUse):
        again(world, address)


@pytest.mark.parametrize("created", [True, False])
def test_an_address_of_a_container_that_is_just_starting_is_not_taken_over(world: World, created: bool) -> None:
    address = world.address()
    if created:
        world.create(EP, v4=address)
    world.clock.now += collect.JOIN_GRACE - 1
    with pytest.raises(ipam_errors.InUse):
        again(world, address.partition("/")[0])


def test_an_address_of_another_host_is_not_taken_over(world: World) -> None:
    other = allocate.Allocator(world.store, "host2", clock=world.clock)
    address = str(other.assign(allocate.Wish(4)))
    grow_old(world)
    with pytest.raises(ipam_errors.InUse, match="on node host2"):
        again(world, address)
