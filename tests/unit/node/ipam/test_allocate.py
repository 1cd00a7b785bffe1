"""Addresses handed out once, against a store that others write at the worst moment."""

import ipaddress
from collections.abc import Callable

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import ip_reservations, resources
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys
from calico_node.ipam import allocate, errors
from tests.fakes import cluster
from tests.fakes.store import FakeStore
from tests.unit.node.ipam.world import ANY4, ANY6, POOL, allocator, block_of, fake, given, handles, own_blocks


def test_the_first_address_claims_a_block_in_one_transaction() -> None:
    datastore = fake()
    address = allocator(datastore).assign(ANY4)
    assert datastore.commits == 1
    [cidr] = own_blocks(datastore, "host1")
    block = block_of(datastore, cidr)
    assert block["affinity"] == "host:host1"
    assert block["affinity_claim_time"] == "2026-08-22T06:33:20Z"
    assert str(address) == cidr.partition("/")[0]
    [(key, handle)] = handles(datastore).items()
    assert handle == {"block": {cidr: 1}, "deleted": False}
    assert block["attributes"] == [
        {
            "handle_id": key.removeprefix(keys.HANDLES),
            "secondary": {"node": "host1", "orchestrator": "libnetwork", "timestamp": "2026-08-22T06:33:20Z"},
        }
    ]
    affinity = datastore.documents()[keys.affinity("host1", ipaddress.ip_network(cidr))]
    assert affinity == {"state": "confirmed", "deleted": False}


def test_a_host_fills_its_block_before_it_claims_another() -> None:
    datastore = fake()
    ours = allocator(datastore)
    first = {ours.assign(ANY4) for _time in range(64)}
    assert len(first) == 64
    assert len(own_blocks(datastore, "host1")) == 1
    ours.assign(ANY4)
    assert len(own_blocks(datastore, "host1")) == 2


def test_every_address_of_a_pool_is_given_once_then_the_pool_is_exhausted() -> None:
    datastore = fake()
    ours, others = allocator(datastore), allocator(datastore, "host2")
    everything = [(ours if number % 3 else others).assign(ANY4) for number in range(256)]
    assert sorted(everything) == list(POOL)
    with pytest.raises(errors.Exhausted, match=r"pool p1 \(10.65.0.0/24\) is exhausted: 256 of 256 .* in 4 blocks"):
        ours.assign(ANY4)


def test_a_second_pool_serves_when_the_first_is_full() -> None:
    datastore = fake({"p1": "10.65.0.0/26", "p2": "10.66.0.0/26"})
    ours = allocator(datastore)
    found = [ours.assign(ANY4) for _time in range(65)]
    assert str(found[-1]).startswith("10.66.0.")


def test_addresses_are_borrowed_without_touching_the_owners_affinity() -> None:
    datastore = fake({"p1": "10.65.0.0/26"})
    allocator(datastore, "host2").assign(ANY4)
    assert str(allocator(datastore).assign(ANY4)) == "10.65.0.1"
    assert own_blocks(datastore, "host1") == []
    assert block_of(datastore, "10.65.0.0/26")["affinity"] == "host:host2"


def test_strict_affinity_forbids_borrowing() -> None:
    datastore = fake({"p1": "10.65.0.0/26"}, config={"strict_affinity": True, "auto_allocate_blocks": True})
    allocator(datastore, "host2").assign(ANY4)
    with pytest.raises(errors.Exhausted, match="strict affinity"):
        allocator(datastore).assign(ANY4)
    with pytest.raises(errors.NotInPool, match="of node host2, and strict affinity keeps it there"):
        allocator(datastore).assign(given("10.65.0.9"))


def test_an_empty_config_turns_automatic_blocks_off() -> None:
    with pytest.raises(errors.Exhausted, match="automatic allocation of blocks is off"):
        allocator(fake(config={})).assign(ANY4)


def test_the_limit_of_blocks_is_kept_without_borrowing() -> None:
    config = {"auto_allocate_blocks": True, "strict_affinity": True, "maxBlocksPerHost": 1}
    datastore = fake(config=config)
    allocator(datastore, "host2").assign(ANY4)
    ours = allocator(datastore)
    for _time in range(64):
        ours.assign(ANY4)
    with pytest.raises(errors.Exhausted, match="holds 1 full blocks, as many as maxBlocksPerHost allows"):
        ours.assign(ANY4)


def test_without_config_the_limit_is_upstreams_20_blocks() -> None:
    datastore = fake({"p1": {"cidr": "10.65.0.0/24", "blockSize": 32}})
    ours = allocator(datastore)
    for _time in range(20):
        ours.assign(ANY4)
    with pytest.raises(errors.Exhausted, match="holds 20 full blocks"):
        ours.assign(ANY4)


def test_a_pool_by_name_serves_even_if_it_is_for_other_nodes() -> None:
    datastore = fake({"p1": {"cidr": str(POOL), "nodeSelector": "has(gpu)"}})
    with pytest.raises(errors.NoPool):
        allocator(datastore).assign(ANY4)
    assert allocator(datastore).assign(allocate.Wish(4, POOL)) in POOL


def test_ipv6_blocks_are_122s() -> None:
    datastore = fake({"p6": "fd65::/48"})
    address = allocator(datastore).assign(ANY6)
    [key] = [key for key in datastore.documents() if key.startswith(keys.blocks(6))]
    cidr = keys.cidr_of(key)
    assert cidr is not None
    assert cidr.prefixlen == 122
    assert address in cidr


@pytest.mark.parametrize(
    ("cidr", "size"),
    [("10.64.0.0/16", 20), ("10.64.0.0/28", 32), ("10.64.0.0/32", 32), ("fd65::/112", 116), ("fd65::/120", 128)],
)
def test_blocks_are_cut_in_the_size_of_the_pool(cidr: str, size: int) -> None:
    datastore = fake({"p1": {"cidr": cidr, "blockSize": size}})
    ours, wish = allocator(datastore), allocate.Wish(ipaddress.ip_network(cidr).version)
    address = ours.assign(wish)
    block = ipaddress.ip_network(f"{address}/{size}", strict=False)
    assert block_of(datastore, str(block))["affinity"] == "host:host1"
    assert ours.release(address)
    assert ours.assign(wish) in ipaddress.ip_network(cidr)


def test_a_family_without_pool_is_refused() -> None:
    with pytest.raises(errors.NoPool, match="no IPv6 pool serves workloads on node host1: none is enabled"):
        allocator(fake()).assign(ANY6)


def test_a_host_without_node_gets_nothing() -> None:
    datastore = fake(hosts=["host2"])
    for wish in (ANY4, given("10.65.0.1")):
        with pytest.raises(errors.NotRegistered, match="run the role node"):
            allocator(datastore).assign(wish)
    assert datastore.commits == 0


def test_a_released_address_comes_last() -> None:
    datastore = fake()
    ours = allocator(datastore)
    first = ours.assign(ANY4)
    assert ours.release(first)
    assert handles(datastore) == {}
    rest = [ours.assign(ANY4) for _time in range(64)]
    assert rest[-1] == first


def test_a_release_may_be_repeated() -> None:
    datastore = fake()
    ours = allocator(datastore)
    address = ours.assign(ANY4)
    assert [ours.release(address), ours.release(address)] == [True, False]
    assert not ours.release(ipaddress.ip_address("192.0.2.1"))


def test_another_hosts_address_is_never_released() -> None:
    datastore = fake()
    address = allocator(datastore, "host2").assign(ANY4)
    assert not allocator(datastore).release(address)
    assert allocator(datastore, "host2").handles_of([address])


def test_a_tunnel_address_is_not_ours_to_release() -> None:
    datastore = fake()
    ours = allocator(datastore)
    address = ours.assign(ANY4)
    [cidr] = own_blocks(datastore, "host1")
    document = block_of(datastore, cidr)
    document["attributes"] = [{"handle_id": "ipip-tunnel-addr-host1", "secondary": {"node": "host1"}}]
    datastore.put(keys.block(ipaddress.ip_network(cidr)), document)
    assert ours.handles_of([address]) == {}
    assert not ours.release(address)


def test_an_address_is_released_when_its_pool_is_gone() -> None:
    datastore = fake()
    ours = allocator(datastore)
    address = ours.assign(ANY4)
    datastore.delete(cluster.pool_key("p1"))
    assert ours.release(address)


def test_the_last_release_of_a_block_without_owner_deletes_it() -> None:
    datastore = fake({"p1": "10.65.0.0/26"})
    ours = allocator(datastore)
    address = ours.assign(ANY4)
    datastore.put(
        keys.block(ipaddress.ip_network("10.65.0.0/26")), block_of(datastore, "10.65.0.0/26") | {"affinity": None}
    )
    assert ours.release(address)
    assert not [key for key in datastore.documents() if key.startswith(keys.blocks(4))]


def test_a_shared_handle_counts_down() -> None:
    datastore = fake()
    ours = allocator(datastore)
    address = ours.assign(ANY4)
    [(key, document)] = handles(datastore).items()
    datastore.put(key, document | {"block": {**document["block"], "fd65::/122": 1}})
    ours.release(address)
    assert handles(datastore)[key] == {"block": {"fd65::/122": 1}, "deleted": False}


def test_a_cooling_address_is_kept_back_for_the_configured_time() -> None:
    clock = cluster.Clock()
    datastore = fake({"p1": "10.65.0.0/26"}, config={"auto_allocate_blocks": True, "ipCooldownSeconds": 60})
    ours = allocator(datastore, clock=clock)
    address = ours.assign(ANY4)
    ours.release(address)
    with pytest.raises(errors.InUse, match="released at 2026-08-22T06:33:20Z, kept back"):
        ours.assign(given(str(address)))
    clock.now += 61
    assert ours.assign(given(str(address))) == address


def test_an_affinity_without_block_is_made_whole() -> None:
    cidr = ipaddress.ip_network("10.65.0.128/26")
    datastore = fake()
    datastore.put(keys.affinity("host1", cidr), {"state": "pending", "deleted": False})
    assert allocator(datastore).assign(ANY4) in cidr
    assert datastore.documents()[keys.affinity("host1", cidr)] == {"state": "confirmed", "deleted": False}


def test_a_broken_block_is_left_alone_and_never_overwritten() -> None:
    datastore = fake({"p1": "10.65.0.0/25"})
    broken = ipaddress.ip_network("10.65.0.0/26")
    datastore.put(keys.block(broken), {"cidr": str(broken), "allocations": []})
    datastore.put(keys.affinity("host1", broken), {"state": "confirmed", "deleted": False})
    assert allocator(datastore).assign(ANY4) in ipaddress.ip_network("10.65.0.64/26")
    assert block_of(datastore, str(broken)) == {"cidr": str(broken), "allocations": []}


def test_blocks_of_a_former_block_size_are_not_overlapped() -> None:
    old = ipaddress.ip_network("10.65.0.0/25")
    datastore = fake()
    block = blocks.fresh(old, node="host2", claim_time=cluster.CREATED, sequence=1)
    datastore.put(keys.block(old), block.encode())
    ours = allocator(datastore)
    assert all(ours.assign(ANY4) not in old for _time in range(128))


Disturb = Callable[[FakeStore], object]


@pytest.mark.parametrize(
    "disturb",
    [
        pytest.param(lambda s: allocator(s, "host2").assign(ANY4), id="another host claims a block"),
        pytest.param(lambda s: allocator(s).assign(ANY4), id="this host's other process is faster"),
        pytest.param(lambda s: s.put(*cluster.record("IPPool", "p1", {"cidr": str(POOL)})), id="the pool is rewritten"),
        pytest.param(lambda s: s.put(*cluster.record("Node", "host1", {})), id="the Node is rewritten"),
    ],
)
def test_a_lost_race_is_read_again_and_won(disturb: Disturb) -> None:
    datastore = fake()
    datastore.before_commit.append(lambda: disturb(datastore))
    address = allocator(datastore).assign(ANY4)
    assert allocator(datastore).handles_of([address])
    held = [h for key, b in datastore.documents().items() if key.startswith(keys.blocks(4)) for h in b["attributes"]]
    assert len(held) == len(handles(datastore))


@pytest.mark.parametrize(
    ("disturb", "error"),
    [
        pytest.param(lambda s: s.delete(cluster.pool_key("p1")), errors.NoPool, id="the pool is deleted meanwhile"),
        pytest.param(lambda s: s.delete(cluster.node_key("host1")), errors.NotRegistered, id="the host is removed"),
    ],
)
def test_what_disappears_before_the_write_stops_it(disturb: Disturb, error: type[Exception]) -> None:
    datastore = fake()
    datastore.before_commit.append(lambda: disturb(datastore))
    with pytest.raises(error):
        allocator(datastore).assign(ANY4)
    assert not [key for key in datastore.documents() if key.startswith(keys.ROOT)]


def test_who_always_loses_gives_up_in_time() -> None:
    datastore, clock = fake(), cluster.Clock()
    pool = cluster.record("IPPool", "p1", {"cidr": str(POOL)})
    datastore.before_commit.extend([lambda: datastore.put(*pool)] * 10000)
    with pytest.raises(errors.Busy, match="no success within 5 s: changed by another writer"):
        allocator(datastore, clock=clock).assign(ANY4)
    assert clock.naps < 1000


def test_an_unavailable_store_is_said_at_once() -> None:
    datastore = fake()
    datastore.fail(1)
    with pytest.raises(store.Unavailable):
        allocator(datastore).assign(ANY4)


def reserve(datastore: FakeStore, *cidrs: object) -> None:
    record = {"kind": "IPReservation", "metadata": {"name": "r"}, "spec": {"reservedCIDRs": list(cidrs)}}
    datastore.put(resources.key_of(ip_reservations.IPReservation, "r"), record)


def test_reserved_addresses_are_only_given_to_who_asks_for_them() -> None:
    datastore = fake({"p1": {"cidr": "10.65.0.0/29", "blockSize": 29}})
    reserve(datastore, "10.65.0.0/31", "10.65.0.5", "not a network", "fd00::/8")
    ours = allocator(datastore)
    assert [str(ours.assign(ANY4)) for _time in range(5)] == [f"10.65.0.{number}" for number in (2, 3, 4, 6, 7)]
    with pytest.raises(errors.Exhausted):
        ours.assign(ANY4)
    with pytest.raises(errors.Exhausted):
        allocator(datastore, "host2").assign(ANY4)
    assert str(ours.assign(given("10.65.0.5"))) == "10.65.0.5"


@pytest.mark.parametrize(
    "reserved",
    [
        pytest.param(["10.65.0.0/25", "10.65.0.128/26"], id="as whole networks"),
        pytest.param([f"10.65.0.{number}" for number in range(192)], id="address by address"),
    ],
)
def test_a_block_that_is_reserved_as_a_whole_is_not_claimed(reserved: list[str]) -> None:
    datastore = fake()
    reserve(datastore, *reserved)
    for node in ("host1", "host2"):
        assert int(allocator(datastore, node).assign(ANY4)) >= int(POOL[192])
    assert own_blocks(datastore, "host1") + own_blocks(datastore, "host2") == ["10.65.0.192/26"]


def test_half_of_a_huge_pool_may_be_reserved() -> None:
    datastore = fake({"p1": "fd65::/48"})
    reserve(datastore, "fd65::/49")
    assert allocator(datastore).assign(ANY6) in ipaddress.ip_network("fd65:0:0:8000::/49")
