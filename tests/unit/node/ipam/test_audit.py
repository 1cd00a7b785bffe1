"""Addresses in books that somebody damaged: what an audit finds, what it puts right, and what it must never do."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile import books
from tests.fakes import cluster
from tests.unit.node.ipam.audited import CONFIRMED, World, take
from tests.unit.node.ipam.world import ANY4, ANY6, allocator, handles

FOREIGN = {"handle_id": "k8s-pod-network.3f0c", "secondary": {"node": "host1", "pod": "web", "namespace": "default"}}


def test_books_in_order_have_no_findings_and_are_looked_at_once() -> None:
    world = World()
    world.start("host1", ANY4, ANY6)
    world.start("host2")
    world.clock.now += 1000
    assert world.found() == []
    assert world.clock.naps == 0


def leaked(world: World) -> fields.Address:
    [address] = world.start()
    world.store.delete(world.endpoint_key(address))
    world.containers.clear()
    world.clock.now += 200
    return address


def test_a_leaked_address_is_freed_with_its_handle() -> None:
    world = World()
    address = leaked(world)
    assert world.found() == [("leaked", str(address))]
    assert world.repair() == []
    assert handles(world.store) == {}
    assert allocator(world.store, clock=world.clock).holding(address) is None


def test_a_leaked_address_cools_as_any_other() -> None:
    world = World({"auto_allocate_blocks": True, "ipCooldownSeconds": 60})
    address = leaked(world)
    assert world.repair() == []
    [entry] = world.store.documents()[world.block_key(address)]["attributes"]  # type: ignore[index]
    assert set(entry) == {"releasedAt"}


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        pytest.param(lambda w: setattr(w, "engine_answers", False), "Docker was not asked", id="the engine is down"),
        pytest.param(
            lambda w: w.store.put(books.ENDPOINTS + "libnetwork/x", b"{"),
            "not freed while endpoints cannot be read: .*libnetwork/x",
            id="an endpoint cannot be read",
        ),
    ],
)
def test_a_leaked_address_stays_while_anything_is_unknown(spoil: Callable[[World], object], text: str) -> None:
    world = World()
    address = leaked(world)
    spoil(world)
    [stays] = [found for found in world.repair() if found.kind == "leaked"]
    assert stays.subject == str(address)
    assert re.search(text, stays.text)
    assert allocator(world.store, clock=world.clock).holding(address)


def test_another_hosts_leak_is_shown_and_left_to_that_host() -> None:
    world = World()
    address = leaked(world)
    [stays] = world.repair("host2")
    assert "run this on host1, whose Docker must be asked" in stays.text
    assert allocator(world.store, clock=world.clock).holding(address)


def test_an_address_that_docker_gave_a_container_is_no_leak() -> None:
    world = World()
    [address] = world.start()
    world.store.delete(world.endpoint_key(address))
    world.clock.now += 1000
    assert world.found() == []


def test_a_container_that_is_being_started_is_no_leak() -> None:
    world = World()
    allocator(world.store, clock=world.clock).assign(ANY4)
    world.clock.now += 170
    assert world.found() == []
    world.clock.now += 11
    assert [kind for kind, _subject in world.found()] == ["leaked"]


def test_an_endpoint_that_comes_while_its_address_is_freed_keeps_it() -> None:
    world = World()
    [address] = world.start()
    containers, world.containers = world.containers, {}
    world.store.delete(world.endpoint_key(address))
    world.clock.now += 200
    auditor = world.auditor()
    [finding] = auditor.findings()

    def comes_back() -> None:
        world.containers = containers
        world.publish(*containers)

    world.store.before_commit.append(comes_back)
    assert auditor.repair(finding)  # by itself
    assert allocator(world.store, clock=world.clock).holding(address)
    assert world.found() == []


def test_what_another_tool_took_is_shown_and_left_and_a_tunnel_has_its_address() -> None:
    world = World()
    [address] = world.start()
    take(world, str(address + 1), FOREIGN)
    take(world, str(address + 2), {"handle_id": "ipip-tunnel-addr-host1", "secondary": {"node": "host1"}})
    for name in ("k8s-pod-network.3f0c", "ipip-tunnel-addr-host1"):
        counts = {str(keys.cidr_of(world.block_key(address))): 1}
        world.store.put(keys.handle(name), {"block": counts, "deleted": False})
    bgp = {"ipv4Address": "172.31.1.11/24", "ipv4IPIPTunnelAddr": str(address + 2)}
    world.store.put(*cluster.record("Node", "host1", {"bgp": bgp}))
    [stays] = world.repair()
    assert stays.identity == ("leaked", str(address + 1))
    assert "another tool took it" in stays.text


def test_addresses_that_windows_reserves_are_no_leak() -> None:
    world = World()
    [address] = world.start()
    take(world, str(address + 1), {"handle_id": "windows-reserved-ipam-handle", "secondary": {"note": "rsvd"}})
    assert world.found() == []


def test_an_endpoints_address_that_counts_as_free_is_taken_again_under_its_handle() -> None:
    world = World()
    [address] = world.start()
    [handle] = handles(world.store)
    assert allocator(world.store, clock=world.clock).release(address)
    assert world.found() == [("unrecorded", str(address))]
    assert world.repair() == []
    held = allocator(world.store, clock=world.clock).holding(address)
    assert held is not None
    assert keys.handle(held.handle) == handle


def test_a_lost_block_is_made_again_for_the_container_in_it() -> None:
    world = World()
    [address] = world.start()
    for key in (world.block_key(address), *handles(world.store)):
        world.store.delete(key)
    assert ("unrecorded", str(address)) in world.found()
    assert world.repair() == []
    assert allocator(world.store, clock=world.clock).holding(address)


def test_a_container_without_endpoint_and_without_address_in_the_books_gets_both_but_the_endpoint() -> None:
    world = World()
    [address] = world.start()
    world.store.delete(world.endpoint_key(address))
    assert allocator(world.store, clock=world.clock).release(address)
    assert world.found("host2") == []  # only its own host knows
    assert world.repair() == []
    assert allocator(world.store, clock=world.clock).holding(address)


def test_a_cooling_address_that_a_container_has_is_shown() -> None:
    world = World({"auto_allocate_blocks": True, "ipCooldownSeconds": 60})
    [address] = world.start()
    allocator(world.store, clock=world.clock).release(address)
    [stays] = world.repair()
    assert stays.identity == ("unrecorded", str(address))
    world.clock.now += 60
    assert world.repair() == []


def test_one_address_of_two_containers_is_shown_with_both() -> None:
    world = World()
    [address] = world.start()
    [first] = world.containers
    world.containers["f" * 64] = ("host2", (address,))
    world.publish("f" * 64)
    [stays] = world.repair()
    assert stays.kind == "double"
    assert first in stays.text
    assert "f" * 64 in stays.text


def test_an_address_that_was_given_to_another_node_is_shown() -> None:
    world = World()
    [address] = world.start()
    world.edit(
        world.block_key(address), lambda b: json.loads(json.dumps(b).replace('"node": "host1"', '"node": "host2"'))
    )
    [stays] = world.repair()
    assert stays.identity == ("double", str(address))
    assert "was given to node host2" in stays.text


def test_overlapping_blocks_are_shown() -> None:
    world = World()
    [address] = world.start()
    wide = ipaddress.ip_network(f"{address}/29", strict=False)
    fresh = blocks.fresh(wide, node="host2", claim_time=cluster.CREATED, sequence=1)
    world.store.put(keys.block(wide), fresh.encode())
    world.store.put(keys.affinity("host2", wide), CONFIRMED)
    [stays] = world.repair()
    assert stays.identity == ("double", str(wide))


def test_an_endpoint_that_docker_forgot_is_shown_and_its_address_kept() -> None:
    world = World()
    [address] = world.start()
    world.containers.clear()
    world.clock.now += 200
    [stays] = world.repair()
    assert stays.kind == "orphaned"
    assert "Docker does not know this endpoint" in stays.text
    assert allocator(world.store, clock=world.clock).holding(address)


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        pytest.param({"10.65.0.0/30": 3}, {"10.65.0.0/30": 1}, id="too many"),
        pytest.param({"10.65.0.0/30": 1, "10.66.0.0/30": 1}, {"10.65.0.0/30": 1}, id="a block that is gone"),
        pytest.param(None, {"10.65.0.0/30": 1}, id="no record"),
    ],
)
def test_a_handle_is_counted_again(counts: dict[str, int] | None, wanted: dict[str, int]) -> None:
    world = World()
    world.start()
    cidr = str(keys.cidr_of(next(key for key in world.store.documents() if key.startswith(keys.blocks(4)))))
    [key] = handles(world.store)
    if counts is None:
        world.store.delete(key)
    else:
        here = {cidr if block == "10.65.0.0/30" else block: count for block, count in counts.items()}
        world.store.put(key, {"block": here, "deleted": False})
    assert world.found() == [("handle", key.removeprefix(keys.HANDLES))]
    assert world.repair() == []
    assert handles(world.store)[key] == {"block": {cidr: wanted["10.65.0.0/30"]}, "deleted": False}


def test_a_handle_without_address_goes_and_one_that_cannot_be_read_is_shown() -> None:
    world = World()
    world.store.put(keys.handle("lost"), {"block": {"10.65.0.0/30": 1}, "deleted": False})
    world.store.put(keys.handle("broken"), b"{")
    [stays] = world.repair()
    assert stays.identity == ("handle", "broken")
    record = world.store.get(keys.handle("broken"))
    assert record is not None
    assert record.value == b"{"
    assert world.store.get(keys.handle("lost")) is None


def test_a_difference_of_a_moment_is_not_a_finding() -> None:
    """Upstream counts the handle up before it writes the block."""
    world = World()
    [address] = world.start()
    world.store.put(keys.handle("h1"), {"block": {str(keys.cidr_of(world.block_key(address))): 1}, "deleted": False})
    holder = {"handle_id": "h1", "secondary": {"node": "host1"}}
    node = {"bgp": {"ipv4Address": "172.31.1.11/24", "ipv4IPIPTunnelAddr": str(address + 1)}}

    class Meanwhile(cluster.Clock):
        def sleep(self, seconds: float, /) -> None:
            super().sleep(seconds)
            take(world, str(address + 1), holder)
            world.store.put(*cluster.record("Node", "host1", node))

    world.clock = Meanwhile(world.clock.now)
    assert world.found() == []
    assert world.clock.naps == 1
