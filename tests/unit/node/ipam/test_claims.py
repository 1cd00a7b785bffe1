"""Who owns a block: claims that broke off, blocks that are given back, and empty ones taken from others."""

import ipaddress
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys
from calico_node.ipam import allocate, errors
from tests.fakes import cluster
from tests.fakes.store import FakeStore
from tests.unit.node.ipam.world import ANY4, allocator, block_of, fake, given, own_blocks

ONE = ipaddress.ip_network("10.65.0.0/26")
CONFIRMED = {"state": "confirmed", "deleted": False}
GPU = {"p1": {"cidr": "10.65.0.0/25", "nodeSelector": "has(gpu)"}, "p2": "10.66.0.0/24"}


def put_block(datastore: FakeStore, cidr: fields.Network, node: str | None, **change: Any) -> None:
    block = blocks.fresh(cidr, node=node or "", claim_time=cluster.CREATED, sequence=1)
    owner = {} if node else {"affinity": None}
    datastore.put(keys.block(cidr), {**block.encode(), **owner, **change})


def put_affinity(datastore: FakeStore, node: str, cidr: fields.Network, state: str = "confirmed") -> None:
    datastore.put(keys.affinity(node, cidr), {"state": state, "deleted": False})


def label(datastore: FakeStore, node: str, **labels: str) -> None:
    datastore.put(*cluster.record("Node", node, {"bgp": {"ipv4Address": "172.31.1.11/24"}}, labels=labels))


@pytest.mark.parametrize("state", ["pending", "pendingDeletion", ""])
def test_a_claim_that_broke_off_is_confirmed_with_the_next_address(state: str) -> None:
    datastore = fake()
    put_block(datastore, ONE, "host1")
    put_affinity(datastore, "host1", ONE, state)
    assert allocator(datastore).assign(ANY4) in ONE
    assert block_of(datastore, str(ONE))["sequenceNumber"] == 2
    if state:  # none is what old writers meant by confirmed
        assert datastore.documents()[keys.affinity("host1", ONE)] == CONFIRMED


def test_a_confirmed_claim_is_not_written_again() -> None:
    datastore = fake()
    ours = allocator(datastore)
    ours.assign(ANY4)
    [cidr] = own_blocks(datastore, "host1")
    key = keys.affinity("host1", ipaddress.ip_network(cidr))
    before = datastore.get(key)
    ours.assign(ANY4)
    assert datastore.get(key) == before


@pytest.mark.parametrize("owner", [pytest.param("host2", id="another's"), pytest.param(None, id="nobody's")])
def test_a_claim_to_a_block_that_is_not_the_hosts_goes_with_the_next_address(owner: str | None) -> None:
    datastore = fake()
    put_block(datastore, ONE, owner)
    put_affinity(datastore, "host1", ONE)
    assert allocator(datastore).assign(ANY4) not in ONE
    assert str(ONE) not in own_blocks(datastore, "host1")


def test_a_block_whose_claim_was_lost_is_the_hosts_own() -> None:
    datastore = fake()
    put_block(datastore, ONE, "host1")
    assert allocator(datastore).assign(ANY4) in ONE
    assert datastore.documents()[keys.affinity("host1", ONE)] == CONFIRMED


def test_an_empty_block_of_a_pool_that_is_not_for_the_host_any_more_goes_with_the_next_address() -> None:
    datastore = fake(GPU)
    label(datastore, "host1", gpu="yes")
    ours = allocator(datastore)
    first = ours.assign(ANY4)
    assert ours.release(first)
    assert len(own_blocks(datastore, "host1")) == 1
    label(datastore, "host1")
    assert str(ours.assign(ANY4)).startswith("10.66.")
    assert [cidr[:6] for cidr in own_blocks(datastore, "host1")] == ["10.66."]
    assert [str(keys.cidr_of(key))[:6] for key in datastore.documents() if key.startswith(keys.blocks(4))] == ["10.66."]


def test_a_block_of_a_pool_that_is_not_for_the_host_stays_while_an_address_is_out() -> None:
    datastore = fake(GPU)
    label(datastore, "host1", gpu="yes")
    ours = allocator(datastore)
    first, second = ours.assign(ANY4), ours.assign(ANY4)
    label(datastore, "host1")
    ours.assign(ANY4)
    assert ours.release(first)
    assert len(own_blocks(datastore, "host1")) == 2
    assert ours.release(second)
    assert [cidr[:6] for cidr in own_blocks(datastore, "host1")] == ["10.66."]
    assert str(second) not in str([key for key in datastore.documents() if key.startswith(keys.ROOT)])


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"nodeSelector": "has(gpu)", "disabled": True}, id="a disabled pool"),
        pytest.param({"assignmentMode": "Manual"}, id="a pool that is only asked for by name"),
        pytest.param({"allowedUses": ["Tunnel"]}, id="a pool for tunnels"),
    ],
)
def test_an_empty_block_is_kept_unless_an_enabled_pool_says_it_is_not_for_the_host(spec: dict[str, Any]) -> None:
    datastore = fake({"p1": {"cidr": "10.65.0.0/25", **spec}, "p2": "10.66.0.0/24"})
    put_block(datastore, ONE, "host1")
    put_affinity(datastore, "host1", ONE)
    allocator(datastore).assign(ANY4)
    assert own_blocks(datastore, "host1")[0] == str(ONE)


def test_a_named_pool_serves_from_blocks_it_would_not_select_the_host_for() -> None:
    datastore = fake(GPU)
    ours = allocator(datastore)
    named = allocate.Wish(4, ipaddress.ip_network("10.65.0.0/25"))
    [first, second] = [ours.assign(named) for _time in range(2)]
    assert int(second) == int(first) + 1
    assert len(own_blocks(datastore, "host1")) == 1


def world_of_one_block(**config: Any) -> tuple[FakeStore, cluster.Clock]:
    """The only block of the pool is host2's, empty, and claimed at the clock's time."""
    datastore, clock = fake({"p1": str(ONE)}, config={"auto_allocate_blocks": True, **config}), cluster.Clock()
    others = allocator(datastore, "host2", clock)
    others.release(others.assign(ANY4))
    return datastore, clock


def test_an_empty_block_is_taken_from_its_owner_after_a_minute() -> None:
    datastore, clock = world_of_one_block(strict_affinity=True)
    before = block_of(datastore, str(ONE))
    with pytest.raises(errors.Exhausted):
        allocator(datastore, clock=clock).assign(ANY4)
    clock.now += 60
    assert str(allocator(datastore, clock=clock).assign(ANY4)) == "10.65.0.1"  # .0 was freed last
    assert own_blocks(datastore, "host2") == []
    assert own_blocks(datastore, "host1") == [str(ONE)]
    after = block_of(datastore, str(ONE))
    assert after["affinity"] == "host:host1"
    assert after["affinity_claim_time"] == "2026-08-22T06:34:20Z"
    assert after["sequenceNumber"] == before["sequenceNumber"] + 1
    assert after["unallocated"][-1] == 0


def test_a_stale_claim_to_a_block_that_is_taken_over_comes_true() -> None:
    datastore, clock = world_of_one_block()
    put_affinity(datastore, "host1", ONE, "pending")
    clock.now += 60
    allocator(datastore, clock=clock).assign(ANY4)
    assert datastore.documents()[keys.affinity("host1", ONE)] == CONFIRMED
    assert own_blocks(datastore, "host2") == []


def test_a_young_empty_block_is_borrowed_from() -> None:
    datastore, clock = world_of_one_block()
    allocator(datastore, clock=clock).assign(ANY4)
    assert block_of(datastore, str(ONE))["affinity"] == "host:host2"


def test_no_time_of_claim_counts_as_old_and_an_unreadable_one_as_young() -> None:
    for stated, owner in ((None, "host:host1"), ("yesterday", "host:host2")):
        datastore, clock = world_of_one_block()
        document = {**block_of(datastore, str(ONE)), "affinity_claim_time": stated, "hostAffinity": "host2"}
        datastore.put(keys.block(ONE), {name: value for name, value in document.items() if value is not None})
        allocator(datastore, clock=clock).assign(ANY4)
        assert block_of(datastore, str(ONE))["affinity"] == owner
        assert ("hostAffinity" in block_of(datastore, str(ONE))) == (owner == "host:host2")


def test_a_block_without_owner_is_never_taken() -> None:
    datastore = fake({"p1": str(ONE)})
    put_block(datastore, ONE, None)
    assert allocator(datastore).assign(ANY4) in ONE
    assert block_of(datastore, str(ONE))["affinity"] is None
    assert own_blocks(datastore, "host1") == []


def test_an_owner_that_uses_its_block_meanwhile_keeps_it() -> None:
    datastore, clock = world_of_one_block()
    clock.now += 60
    datastore.before_commit.append(lambda: allocator(datastore, "host2", clock).assign(ANY4))
    allocator(datastore, clock=clock).assign(ANY4)
    assert block_of(datastore, str(ONE))["affinity"] == "host:host2"
    assert len(block_of(datastore, str(ONE))["attributes"]) == 2


def test_a_cooling_address_keeps_its_block_with_the_owner() -> None:
    datastore, clock = world_of_one_block(strict_affinity=True, ipCooldownSeconds=90)
    clock.now += 61
    with pytest.raises(errors.Exhausted):
        allocator(datastore, clock=clock).assign(ANY4)
    clock.now += 30
    assert allocator(datastore, clock=clock).assign(ANY4) in ONE


def test_borrowing_goes_by_pools_in_order() -> None:
    datastore = fake({"a": "10.66.0.0/26", "b": "10.65.0.0/26"})
    others = allocator(datastore, "host2")
    for address in ("10.66.0.9", "10.65.0.9"):
        others.assign(given(address))
    assert str(allocator(datastore).assign(ANY4)) == "10.66.0.0"


def out_of_use(**change: Any) -> store.Document:
    _key, document = cluster.record("IPPool", "p1", {"cidr": "10.65.0.0/24"})
    assert isinstance(document, dict)
    metadata = {**document["metadata"], **change.pop("metadata", {})}
    return {**document, "metadata": metadata, **change}


@pytest.mark.parametrize(
    ("document", "serves"),
    [
        pytest.param(out_of_use(metadata={"deletionTimestamp": cluster.CREATED}), False, id="being deleted"),
        pytest.param(
            out_of_use(status={"conditions": [{"type": "Allocatable", "status": "False"}]}), False, id="not allocatable"
        ),
        pytest.param(
            out_of_use(status={"conditions": [{"type": "Allocatable", "status": "True"}]}), True, id="allocatable"
        ),
        pytest.param(
            out_of_use(status={"conditions": [{"type": "Other", "status": "False"}]}), True, id="another word"
        ),
        pytest.param(out_of_use(status={"conditions": None}), True, id="no word"),
    ],
)
def test_a_pool_that_upstream_took_out_of_use_gives_nothing(document: store.Document, serves: bool) -> None:
    datastore = fake()
    datastore.put(cluster.pool_key("p1"), document)
    for wish in (ANY4, given("10.65.0.9")):
        if serves:
            allocator(datastore).assign(wish)
        else:
            with pytest.raises((errors.NoPool, errors.NotInPool), match="none"):
                allocator(datastore).assign(wish)
