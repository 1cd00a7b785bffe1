"""An address that is asked for by itself, and the blocks of a pool that was cut in another size."""

import ipaddress

import pytest

from calico_node.ipam import allocate, errors
from tests.fakes import cluster
from tests.fakes.store import FakeStore
from tests.unit.node.ipam.world import POOL, allocator, fake, given, handles, own_blocks


def test_a_given_address_is_taken_and_claims_its_block() -> None:
    datastore = fake()
    assert str(allocator(datastore).assign(given("10.65.0.77"))) == "10.65.0.77"
    assert own_blocks(datastore, "host1") == ["10.65.0.64/26"]


def test_an_address_in_use_is_refused_with_its_holder() -> None:
    datastore = fake()
    allocator(datastore, "host2").assign(given("10.65.0.77"))
    with pytest.raises(errors.InUse, match=r"address 10.65.0.77 is in use on node host2 \(handle libnetwork\."):
        allocator(datastore).assign(given("10.65.0.77"))
    assert datastore.commits == 1


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        pytest.param(given("10.99.0.1"), r"in no enabled pool: the pools are p1 \(10.65.0.0/24\)", id="no pool has it"),
        pytest.param(
            allocate.Wish(4, POOL, ipaddress.ip_address("10.66.0.1")),
            "address 10.66.0.1 is not in subnet 10.65.0.0/24",
            id="another pool than the network's",
        ),
        pytest.param(
            allocate.Wish(4, ipaddress.ip_network("10.65.0.0/28"), ipaddress.ip_address("10.65.0.16")),
            "address 10.65.0.16 is not in subnet 10.65.0.0/28",
            id="another part of the pool",
        ),
    ],
)
def test_an_address_outside_the_pools_is_refused(wish: allocate.Wish, text: str) -> None:
    with pytest.raises(errors.NotInPool, match=text):
        allocator(fake()).assign(wish)


def recut(datastore: FakeStore, size: int) -> None:
    """The pool is made anew with another block size, while blocks of the former size are there."""
    datastore.put(*cluster.record("IPPool", "p1", {"cidr": str(POOL), "blockSize": size}))


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        pytest.param(25, "10.65.0.77", id="larger blocks, the address in use"),
        pytest.param(25, "10.65.0.9", id="larger blocks, a free address"),
        pytest.param(28, "10.65.0.77", id="smaller blocks, the address in use"),
        pytest.param(28, "10.65.0.100", id="smaller blocks, a free address"),
    ],
)
def test_a_given_address_makes_no_block_over_one_of_a_former_size(size: int, wanted: str) -> None:
    datastore = fake()
    allocator(datastore, "host2").assign(given("10.65.0.77"))
    recut(datastore, size)
    with pytest.raises(errors.Overlapping, match=rf"{wanted} cannot be given: .* would overlap block 10.65.0.64/26"):
        allocator(datastore).assign(given(wanted))
    assert datastore.commits == 1


def test_a_given_address_beside_a_block_of_a_former_size_is_taken() -> None:
    datastore = fake()
    allocator(datastore, "host2").assign(given("10.65.0.77"))
    recut(datastore, 25)
    assert str(allocator(datastore).assign(given("10.65.0.200"))) == "10.65.0.200"


@pytest.mark.parametrize("size", [25, 28])
def test_an_address_is_released_when_its_pool_is_cut_in_another_size(size: int) -> None:
    datastore = fake()
    ours = allocator(datastore)
    address = ours.assign(given("10.65.0.77"))
    recut(datastore, size)
    assert list(ours.handles_of([address])) == [address]
    held = ours.holding(address)
    assert held is not None
    assert ours.release(address, held.handle)
    assert ours.holding(address) is None
    assert handles(datastore) == {}
