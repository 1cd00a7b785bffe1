"""What a host held is given back when it is gone, nothing of others is touched, and a broken off run is repeated."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import errors, fields, resources
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import holders, keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile import books, decommissioning
from tests.fakes import cluster
from tests.unit.node.ipam.audited import World, take
from tests.unit.node.ipam.world import ANY4, ANY6, allocator, handles

GONE, STAYS = "host1", "host2"
PEER = {"metadata": {"name": "tor"}, "spec": {"node": GONE, "peerIP": "172.31.1.1", "asNumber": 64600}}


def decommission(world: World, **how: Any) -> decommissioning.Release:
    how.setdefault("answers", None)
    return decommissioning.decommission(world.store, GONE, world.clock.now, **how)


def mentions(world: World, name: str = GONE) -> list[str]:
    """Keys that have to do with a host, by their text or their value's."""
    every = [(key, world.store.get(key)) for key in world.store.documents()]
    return [key for key, record in every if name in key or (record and f'"{name}' in record.value.decode())]


def is_held(world: World, address: fields.Address) -> bool:
    found = books.every_block(world.store, world.clock.now)
    return any(stored.block.holder(address) is not None for cidr, stored in found.items() if stored and address in cidr)


@pytest.fixture
def world() -> World:
    """Two hosts that share four blocks of IPv4, each borrowing of the other, and have their own of IPv6."""
    made = World()
    for node in (GONE, STAYS):
        made.start(node, ANY4, ANY6)
    for _time in range(6):
        made.start(GONE)
    for _time in range(4):
        made.start(STAYS)
    for _time in range(2):
        made.start(GONE)
    assert not made.found(STAYS)
    return made


def test_all_goes_and_what_others_hold_stays(world: World) -> None:
    others = {address for node, some in world.containers.values() if node == STAYS for address in some}
    gone = {address for node, some in world.containers.values() if node == GONE for address in some}
    found = decommission(world)
    assert found.changed
    assert len(found.endpoints) == 9
    assert {ipaddress.ip_address(address) for address in found.addresses} == gone
    assert mentions(world) == []
    assert all(is_held(world, address) for address in others)
    assert not any(is_held(world, address) for address in gone)
    assert len(handles(world.store)) == len(others)
    assert world.found(STAYS) == []


def test_a_second_time_there_is_nothing(world: World) -> None:
    decommission(world)
    commits = world.store.commits
    again = decommission(world)
    assert (again.changed, again.endpoints, again.addresses, again.blocks) == (False, (), (), ())
    assert world.store.commits == commits


def test_check_mode_tells_the_same_and_writes_nothing(world: World) -> None:
    before = world.store.documents()
    told = decommission(world, check_mode=True)
    assert world.store.documents() == before
    assert told == decommission(world)


@pytest.mark.parametrize("writes", range(4))
def test_broken_off_after_any_write_it_is_in_order_and_can_be_repeated(writes: int) -> None:
    world = World()
    for _time in range(3):
        world.start(GONE, ANY4, ANY6)
    world.start(STAYS)
    world.store.before_commit += [lambda: None] * writes + [killed]
    with pytest.raises(KilledError) if writes < 3 else contextlib.nullcontext():  # endpoints, blocks, Node
        decommission(world)
    assert all(is_held(world, address) for one in books.endpoints(world.store).found for address in one.addresses)
    world.store.before_commit.clear()
    decommission(world)
    assert mentions(world) == []
    assert world.found(STAYS) == []


class KilledError(Exception):
    pass


def killed() -> None:
    raise KilledError


def test_a_lost_race_costs_nobody_an_address(world: World) -> None:
    late: list[fields.Address] = []
    world.store.before_commit.append(lambda: late.extend(world.start(STAYS)))
    decommission(world)
    assert mentions(world) == []
    assert [is_held(world, address) for address in late] == [True]
    assert world.found(STAYS) == []


def test_writers_that_are_always_faster_end_it(world: World) -> None:
    key = world.block_key(next(iter(world.containers.values()))[1][0])
    world.store.before_commit += [lambda: world.edit(key, lambda block: block)] * 1000
    with pytest.raises(store.StoreError, match="other writers were faster 32 times"):
        decommission(world)


def test_what_a_host_took_while_it_was_removed_goes_too(world: World) -> None:
    late: list[fields.Address] = []

    def take_late() -> None:
        if all(one.node != GONE for one in books.endpoints(world.store).found):
            world.store.before_commit.clear()
            late.append(allocator(world.store, GONE, world.clock).assign(ANY4))

    world.store.before_commit += [take_late] * 20
    decommission(world)
    assert [is_held(world, address) for address in late] == [False]
    assert mentions(world) == []


def test_an_address_that_another_hosts_container_has_stays_taken(world: World) -> None:
    name, (_node, some) = next(iter(world.containers.items()))
    world.store.delete(world.endpoint_key(some[0]))
    world.containers[name] = (STAYS, some)
    world.publish(name)
    decommission(world)
    assert all(is_held(world, address) for address in some)


def tunnel(world: World, handle: str) -> None:
    """A tunnel's address, in a block of the host that stays; upstream's records need not name the node."""
    found = books.every_block(world.store, world.clock.now)
    cidr = next(cidr for cidr, stored in found.items() if stored and cidr.version == 6 and stored.block.node == STAYS)
    stored = found[cidr]
    assert stored is not None
    take(world, str(stored.block.first_free()), {"handle_id": handle, "secondary": {"type": "vxlanTunnelAddress"}})
    world.store.put(keys.handle(handle), {"block": {str(cidr): 1}, "deleted": False})


@pytest.mark.parametrize("kind", ["vxlan", "wireguard-v6", "ipip"])
def test_tunnels_go_with_their_host_only(world: World, kind: str) -> None:
    for node in (GONE, STAYS):
        tunnel(world, f"{kind}-tunnel-addr-{node}")
    decommission(world)
    assert mentions(world) == []
    assert keys.handle(f"{kind}-tunnel-addr-{GONE}") not in world.store.documents()
    assert keys.handle(f"{kind}-tunnel-addr-{STAYS}") in world.store.documents()


def unreadable_endpoint(world: World) -> str:
    key = f"{books.ENDPOINTS}libnetwork/{GONE}-libnetwork-libnetwork-broken"
    world.store.put(key, b"{")
    return key


def unreadable_handle(world: World) -> str:
    found = books.every_block(world.store, world.clock.now)
    address = next(some[0] for node, some in world.containers.values() if node == GONE)
    holder = next(stored.block.holder(address) for cidr, stored in found.items() if stored and address in cidr)
    key = keys.handle(holders.handle_of(holder or {}))
    world.store.put(key, b"{")
    return key


def claim_without_block(world: World) -> str:
    key = keys.affinity(GONE, ipaddress.ip_network("10.66.0.0/26"))
    world.store.put(key, {"state": "pendingDeletion", "deleted": False})
    return key


def claim_of_anothers_block(world: World) -> str:
    theirs = next(claim for claim in books.affinities(world.store) if claim.node == STAYS)
    key = keys.affinity(GONE, theirs.cidr)
    world.store.put(key, {"state": "pending", "deleted": False})
    return key


def peer(world: World) -> str:
    key, document = cluster.record("BGPPeer", "tor", PEER["spec"])
    world.store.put(key, document)
    return key


@pytest.mark.parametrize(
    "leave", [unreadable_endpoint, unreadable_handle, claim_without_block, claim_of_anothers_block, peer]
)
def test_damage_and_what_is_about_the_host_go(world: World, leave: Callable[[World], str]) -> None:
    key = leave(world)
    decommission(world)
    assert key not in world.store.documents()
    assert mentions(world) == []


def test_what_is_left_of_a_host_without_node_goes(world: World) -> None:
    world.store.delete(cluster.node_key(GONE))
    assert decommission(world).changed
    assert mentions(world) == []


def test_addresses_cool_before_others_get_them() -> None:
    world = World({"auto_allocate_blocks": True, "ipCooldownSeconds": 60})
    [address] = world.start(GONE)
    decommission(world)
    assert is_held(world, address)
    world.clock.now += 61
    assert not is_held(world, address)
    assert mentions(world) == []


def test_many_containers_are_released_in_many_transactions(world: World) -> None:
    key, document = cluster.record("IPPool", "large", {"cidr": "10.70.0.0/16"})
    world.store.put(key, document)
    world.store.delete(cluster.pool_key("p1"))
    for _time in range(150):
        world.start(GONE, ANY4)
    commits = world.store.commits
    decommission(world)
    assert mentions(world) == []
    assert world.store.commits - commits > 4


def test_a_host_that_answers_is_refused_before_anything_is_written(world: World) -> None:
    before = world.store.documents()
    asked: list[fields.Address] = []

    def answers(address: fields.Address) -> bool:
        asked.append(address)
        return True

    with pytest.raises(errors.Invalid, match=r"172\.31\.1\.11 answers.*use force"):
        decommission(world, answers=answers)
    assert world.store.documents() == before
    assert asked == [ipaddress.ip_address("172.31.1.11")]


def test_one_that_keeps_silent_is_not(world: World) -> None:
    assert decommission(world, answers=lambda _address: False).changed
    assert resources.PREFIX + "nodes/host1" not in world.store.documents()
