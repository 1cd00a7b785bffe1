"""What the engine forgot is found; what a container has is never touched."""

import contextlib
import dataclasses
import ipaddress
import threading

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.dataplane import veth
from calico_node.ipam import allocate
from calico_node.ipam import errors as ipam_errors
from calico_node.libnetwork import collect
from calico_node.libnetwork.errors import Refused
from tests.netns.waiting import until
from tests.unit.node.libnetwork.conftest import FRONTEND, World

EP, OTHER = "1" * 64, "2" * 64


def grow_old(world: World) -> None:
    """Records become as old as those of a container that was killed yesterday."""
    world.clock.now += collect.AGE + 1


def watched(world: World) -> int:
    """What is removed after some passes."""
    removed = world.collector.collect()
    for _pass in range(4):
        world.clock.now += collect.GRACE / 3
        removed += world.collector.collect()
    return removed


def forgotten(world: World) -> str:
    """A container that is gone without a word: its namespace took the veth pair along."""
    address = world.run(EP)
    world.links.pairs.clear()
    world.links.attached.clear()
    grow_old(world)
    return address


def test_what_the_engine_forgot_is_removed_once(world: World) -> None:
    forgotten(world)
    assert watched(world) == 2
    assert world.endpoints() == {}
    assert world.taken() == []
    assert watched(world) == 0


def test_nothing_goes_before_it_was_watched_for_long_enough_however_old_it_is(world: World) -> None:
    """The host may have slept between two calls of the engine, or its clock jumped."""
    forgotten(world)
    world.address()
    assert world.collector.collect() == 0
    world.clock.now += collect.GRACE - 1
    assert world.collector.collect() == 0
    world.clock.now += 1
    assert world.collector.collect() == 3


def test_what_was_seen_alive_in_between_is_watched_anew(world: World) -> None:
    forgotten(world)
    world.collector.collect()
    world.clock.now += collect.GRACE
    world.engine.attach(FRONTEND, EP)
    assert world.collector.collect() == 0
    world.engine.known[FRONTEND] = dataclasses.replace(world.engine.known[FRONTEND], endpoints={})
    assert world.collector.collect() == 0
    assert watched(world) == 2


@pytest.mark.parametrize("part", ["store", "engine"])
def test_after_a_pass_that_failed_everything_is_watched_anew(world: World, part: str) -> None:
    forgotten(world)
    world.collector.collect()
    world.clock.now += collect.GRACE
    if part == "store":
        world.store.fail(1)
    else:
        world.engine.error = Refused("the engine's API does not answer", 503)
    with pytest.raises((Refused, store.Unavailable)):
        world.collector.collect()
    world.engine.error = None
    assert world.collector.collect() == 0
    assert watched(world) == 2


def test_passes_come_often_while_there_is_something_to_watch(world: World) -> None:
    usual = world.collector.look()
    world.address()
    assert world.collector.look() < collect.GRACE < usual
    world.store.fail(1)
    assert world.collector.look() < collect.GRACE


def test_what_has_ended_while_the_store_was_away_goes_as_soon_as_it_is_back(world: World) -> None:
    """Docker does not repeat the call, and has done with the endpoint."""
    for endpoint in (EP, OTHER):
        world.run(endpoint)
    world.store.fail(100)
    for call in ("Leave", "DeleteEndpoint"):
        with contextlib.suppress(store.Unavailable):
            world.network(call, NetworkID=FRONTEND, EndpointID=EP)
    world.store.recover()
    assert world.collector.collect() == 2
    assert [key[-64:] for key in world.endpoints()] == [OTHER]
    assert len(world.taken()) == 1
    assert world.collector.collect() == 0


def test_an_address_that_was_given_again_stays_when_its_old_endpoint_goes(world: World) -> None:
    address = world.run(EP)
    world.store.fail(1)
    with pytest.raises(store.Unavailable):
        world.network("DeleteEndpoint", NetworkID=FRONTEND, EndpointID=EP)
    allocator = allocate.Allocator(world.store, "host1", clock=world.clock)
    assert allocator.release(ipaddress.ip_address(address))
    world.address(4, address)
    assert world.collector.collect() == 1
    assert world.taken() == [address]


def test_what_waits_is_removed_by_itself(world: World) -> None:
    world.run(EP)
    world.store.fail(1)
    with pytest.raises(store.Unavailable):
        world.network("DeleteEndpoint", NetworkID=FRONTEND, EndpointID=EP)
    threading.Thread(target=world.collector.run, daemon=True).start()
    until(lambda: world.taken() == [], seconds=10)


def test_nothing_is_freed_while_a_container_of_unknown_addresses_is_there(world: World) -> None:
    """Neither the store nor the engine knows it, and yet a veth pair reaches into it."""
    address = world.run(EP)
    for key in world.endpoints():
        world.store.delete(key)
    assert watched(world) == 0
    assert world.taken() == [address]


def test_an_address_without_endpoint_is_freed(world: World) -> None:
    world.address()
    world.address(6)
    assert watched(world) == 2
    assert world.taken() == []


def test_an_endpoint_that_the_engine_knows_stays(world: World) -> None:
    address = forgotten(world)
    world.engine.attach(FRONTEND, EP)
    assert watched(world) == 0
    assert world.taken() == [address]


def test_an_endpoint_whose_pair_reaches_into_a_container_stays(world: World) -> None:
    address = world.run(EP)
    assert watched(world) == 0
    assert world.taken() == [address]


def test_an_address_of_a_container_without_record_stays(world: World) -> None:
    address = forgotten(world)
    for key in world.endpoints():
        world.store.delete(key)
    world.engine.attach(FRONTEND, EP, ipaddress.ip_address(address))
    assert watched(world) == 0
    assert world.taken() == [address]


def test_an_address_that_was_given_again_meanwhile_stays(world: World) -> None:
    """Seen as lost, then released and given to the next container before the collector acts."""
    world.ipam("RequestAddress", PoolID="CalicoPoolIPv4", Address="10.65.0.9")
    world.collector.collect()
    world.clock.now += collect.GRACE

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
    return veth.Pair(name=name, peer="tmp", mtu=1500, alias="gateway=0", gateway=None)


def test_a_stray_pair_is_removed(world: World) -> None:
    world.links.pairs["cali99999999999"] = stray("cali99999999999")
    assert watched(world) == 1
    assert world.links.pairs == {}


def test_a_pair_that_somebody_else_cabled_stays(world: World) -> None:
    """As for a workload that is no container: it has no alias of ours."""
    world.links.pairs["califoreign"] = veth.Pair(name="califoreign", peer="vm", mtu=1500, alias="", gateway=None)
    assert watched(world) == 0
    assert list(world.links.pairs) == ["califoreign"]


def test_a_pair_that_is_just_being_joined_stays(world: World) -> None:
    world.create(EP, v4=world.address())
    world.join(EP)
    world.collector.collect()
    world.collector.collect()
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
    world.clock.now += collect.JOIN_AGE - 1
    with pytest.raises(ipam_errors.InUse):
        again(world, address.partition("/")[0])


def test_an_address_of_a_container_that_has_just_ended_is_taken_over_at_once(world: World) -> None:
    """Its end could not be written, and it is started again."""
    address = world.run(EP)
    world.network("Leave", NetworkID=FRONTEND, EndpointID=EP)
    world.store.fail(1)
    with pytest.raises(store.Unavailable):
        world.network("DeleteEndpoint", NetworkID=FRONTEND, EndpointID=EP)
    assert again(world, address) == f"{address}/32"
    assert world.collector.collect() == 0
    assert world.taken() == [address]


def test_an_address_of_another_host_is_not_taken_over(world: World) -> None:
    other = allocate.Allocator(world.store, "host2", clock=world.clock)
    address = str(other.assign(allocate.Wish(4)))
    grow_old(world)
    with pytest.raises(ipam_errors.InUse, match="on node host2"):
        again(world, address)
