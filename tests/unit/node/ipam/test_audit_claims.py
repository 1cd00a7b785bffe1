"""Blocks and claims that do not fit each other; and that repair, whatever was damaged, takes no container's address."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile import books
from tests.fakes import cluster
from tests.unit.node.ipam.audited import CONFIRMED, World
from tests.unit.node.ipam.world import ANY4, ANY6, allocator

ONE = ipaddress.ip_network("10.65.0.0/30")


def put_block(world: World, node: str | None = None, cidr: Any = ONE) -> None:
    block = blocks.fresh(cidr, node=node or "", claim_time=cluster.CREATED, sequence=1)
    world.store.put(keys.block(cidr), {**block.encode(), **({} if node else {"affinity": None})})


def put_claim(world: World, node: str, cidr: Any = ONE, state: str = "confirmed") -> None:
    world.store.put(keys.affinity(node, cidr), {"state": state, "deleted": False})


def gone(world: World, *looked_for: str) -> bool:
    return not set(looked_for) & set(world.store.documents())


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        pytest.param(None, "claims a block that does not exist", id="no block"),
        pytest.param("host2", "claims a block of host2", id="another's block"),
        pytest.param("", "claims a block of nobody", id="nobody's block"),
    ],
)
def test_a_claim_to_what_is_not_the_nodes_goes(owner: str | None, text: str) -> None:
    world = World()
    put_claim(world, "host1")
    if owner is not None:
        put_block(world, owner or None)
    if owner:
        put_claim(world, owner)
    key = keys.affinity("host1", ONE)
    [finding] = [found for found in world.auditor().findings() if found.subject == key]
    assert text in finding.text
    assert world.repair() == []
    assert gone(world, key)


@pytest.mark.parametrize("state", ["pending", "pendingDeletion"])
def test_an_unconfirmed_claim_to_the_nodes_own_block_is_confirmed(state: str) -> None:
    world = World()
    put_block(world, "host1")
    put_claim(world, "host1", state=state)
    assert world.found() == [("orphaned", keys.affinity("host1", ONE))]
    assert world.repair() == []
    assert world.store.documents()[keys.affinity("host1", ONE)] == CONFIRMED
    assert world.store.documents()[keys.block(ONE)]["sequenceNumber"] == 2  # type: ignore[index]


def test_a_block_that_its_node_does_not_claim_is_claimed() -> None:
    world = World()
    put_block(world, "host1")
    assert world.repair() == []
    assert world.store.documents()[keys.affinity("host1", ONE)] == CONFIRMED


@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(put_block, id="of nobody"),
        pytest.param(lambda w: (put_block(w, "host9"), put_claim(w, "host9")), id="of a node that is gone"),
        pytest.param(
            lambda w: (put_block(w, "host1"), put_claim(w, "host1"), w.store.delete(cluster.pool_key("p1"))),
            id="in a pool that is gone",
        ),
    ],
)
def test_an_empty_block_that_nobody_needs_goes_with_its_claim(prepare: Callable[[World], object]) -> None:
    world = World()
    prepare(world)
    assert world.found() == [("orphaned", str(ONE))]
    assert world.repair() == []
    assert gone(world, keys.block(ONE), keys.affinity("host1", ONE), keys.affinity("host9", ONE))


def test_a_block_in_use_stays_whatever_became_of_its_pool_or_node() -> None:
    for lost in (cluster.pool_key("p1"), cluster.node_key("host1")):
        world = World()
        [address] = world.start()
        world.store.delete(lost)
        [stays] = world.repair()
        assert stays.kind == "orphaned"
        assert "1 addresses taken" in stays.text
        assert allocator(world.store, clock=world.clock).holding(address)


def test_a_pool_that_cannot_be_read_is_no_missing_pool() -> None:
    world = World()
    world.start()
    world.store.put(cluster.pool_key("p1"), {"metadata": {"name": "p1"}, "spec": {"cidr": "nonsense"}})
    assert world.found() == []


def test_a_block_that_cannot_be_read_is_shown_and_left() -> None:
    world = World()
    world.start("host1", ANY4)
    put_claim(world, "host2", ipaddress.ip_network("10.65.0.12/30"))
    world.store.put(keys.block(ipaddress.ip_network("10.65.0.12/30")), b"{}")
    [stays] = world.repair()
    assert stays.identity == ("block", "10.65.0.12/30")


def test_a_load_balancers_block_is_its_controllers() -> None:
    world = World()
    put_block(world, "host1")
    world.edit(keys.block(ONE), lambda block: {**block, "affinity": "virtual:load-balancer"})
    assert world.found() == []


DAMAGE = st.tuples(
    st.sampled_from(["delete", "free", "disown", "recount", "claim", "forget", "stop"]), st.integers(0, 99)
)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["host1", "host2"]), min_size=1, max_size=5), st.lists(DAMAGE, min_size=1, max_size=6))
def test_repair_takes_no_containers_address_and_leaves_nothing_that_it_could_repair(
    hosts: list[str], damages: list[tuple[str, int]]
) -> None:
    world = World()
    for host in hosts:
        world.start(host, ANY4, ANY6)
    world.clock.now += 200
    for damage, number in damages:
        _damage(world, damage, number)
    before = dict(world.containers)
    for host in ("host1", "host2"):
        world.repair(host)
    stay = [finding for host in ("host1", "host2") for finding in world.auditor(host).findings()]
    assert not [finding for finding in stay if finding.change is not None]
    assert world.containers == before
    taken = {
        address
        for key, document in world.store.documents().items()
        if (cidr := keys.cidr_of(key)) is not None and key == keys.block(cidr)
        for address, _holder in blocks.decode(cidr, document).holders()
    }
    assert {address for _host, addresses in world.containers.values() for address in addresses} <= taken


def _damage(world: World, damage: str, number: int) -> None:
    documents = world.store.documents()
    stored = [key for key in documents if key.startswith((keys.ROOT, books.ENDPOINTS))]
    found = [key for key in stored if key.startswith((keys.blocks(4), keys.blocks(6)))]
    if damage == "stop" and world.containers:  # and Docker's call was lost
        world.containers.pop(sorted(world.containers)[number % len(world.containers)])
    elif damage == "delete" and stored:
        world.store.delete(stored[number % len(stored)])
    elif damage == "claim":
        put_claim(world, f"host{number % 3}", ipaddress.ip_network(f"10.65.0.{number % 4 * 4}/30"), "pending")
    elif damage == "recount":
        world.store.put(keys.handle(f"h{number}"), {"block": {"10.65.0.0/30": number}, "deleted": False})
    elif found:
        key = found[number % len(found)]
        cidr = keys.cidr_of(key)
        assert cidr is not None
        block = blocks.decode(cidr, documents[key])
        held = [address for address, _holder in block.holders()]
        if damage == "free" and held:
            block = block.release(held[number % len(held)])
        world.store.put(key, {**block.encode(), **({"affinity": None} if damage == "disown" else {})})
