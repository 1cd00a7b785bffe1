"""Many hosts, and many processes of one host, take addresses from real etcd at the same moment."""

import ipaddress
import multiprocessing
import pathlib
from collections.abc import Iterator

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from calico_node.ipam import allocate, blocks, keys
from tests.fakes import cluster

from . import etcds

PROCESSES, EACH = 8, 32
POOL = "10.65.0.0/24"  # as many addresses as are asked for


@pytest.fixture
def url(tmp_path: pathlib.Path) -> Iterator[str]:
    member = etcds.Member(tmp_path, "m0")
    with etcds.running(member):
        yield member.url


def open_store(url: str) -> store.Store:
    return store.open(store.Config(endpoints=(url,), timeout=15))


def take(url: str, host: str, count: int) -> list[str]:
    """What one process gets; it gives every third address back and takes another one."""
    with open_store(url) as opened:
        allocator = allocate.Allocator(opened, host, patience=60)
        held: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
        for number in range(count):
            held.append(allocator.assign(allocate.Wish(4)))
            if number % 3 == 2:
                assert allocator.release(held.pop(0))
                held.append(allocator.assign(allocate.Wish(4)))
        return [str(address) for address in held]


@pytest.mark.parametrize(
    "hosts",
    [
        pytest.param([f"host{number}" for number in range(PROCESSES)], id="eight hosts"),
        pytest.param(["host1"] * PROCESSES, id="eight processes of one host"),
    ],
)
def test_no_address_is_given_twice_and_nobody_waits_for_ever(url: str, hosts: list[str]) -> None:
    # One address is always on its way back, so each process can hold one less than the pool's share.
    count = EACH - 1
    with open_store(url) as opened:
        for key, document in cluster.records({"p1": POOL}, hosts=set(hosts)).items():
            opened.commit({key: document})
    # Spawned, not forked: gRPC's threads do not survive a fork.
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        results = pool.starmap_async(take, [(url, host, count) for host in hosts]).get(timeout=120)
    given = [address for result in results for address in result]
    assert len(given) == len(set(given)) == PROCESSES * count
    with open_store(url) as opened:
        assert_consistent(opened, set(given))


def assert_consistent(opened: store.Store, given: set[str]) -> None:
    """Blocks hold exactly what was given, each address under a handle of its own."""
    holders: dict[str, str] = {}
    for record in opened.list(keys.blocks(4)).records:
        cidr = keys.cidr_of(record.key)
        assert cidr is not None
        for address, holder in blocks.decode(cidr, record.document()).holders():
            holders[str(address)] = holder["handle_id"]
    assert set(holders) == given
    handles = [record.key.removeprefix(keys.HANDLES) for record in opened.list(keys.HANDLES).records]
    assert sorted(handles) == sorted(holders.values())
