"""Many hosts, and many processes of one host, take addresses from real etcd at the same moment."""

import ipaddress
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import fields
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import blocks, keys
from calico_node.ipam import allocate, books, errors, repair
from tests.fakes import cluster

from . import etcds

PROCESSES, EACH = 8, 32
POOL = "10.65.0.0/24"  # as many addresses as are asked for


def take(url: str, host: str, count: int) -> list[str]:
    """What one process gets; it gives every third address back and takes another one."""
    with etcds.open_store(url) as opened:
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
    prepare(url, {"p1": POOL}, hosts)
    results = in_processes(take, [(url, host, count) for host in hosts])
    given = [address for result in results for address in result]
    assert len(given) == len(set(given)) == PROCESSES * count
    with etcds.open_store(url) as opened:
        assert_consistent(opened, 4, set(given))


def churn(url: str, host: str, seed: int, version: int) -> list[str]:
    """What one host holds after it took and gave back at random, in a pool that is too small for all."""
    chance = random.Random(seed)  # noqa: S311 - reproducible
    with etcds.open_store(url) as opened:
        allocator = allocate.Allocator(opened, host, patience=60)
        held: list[fields.Address] = []
        for _time in range(60):
            if held and chance.random() < 0.3:
                assert allocator.release(held.pop(chance.randrange(len(held))))
                continue
            try:
                held.append(allocator.assign(allocate.Wish(version)))
            except errors.Exhausted:
                assert allocator.release(held.pop()) if held else True
    return [str(address) for address in held]


def give_back(url: str, host: str, addresses: list[str]) -> bool:
    with etcds.open_store(url) as opened:
        allocator = allocate.Allocator(opened, host, patience=60)
        return all(allocator.release(ipaddress.ip_address(address)) for address in addresses)


def audit_meanwhile(url: str) -> list[str]:
    """What an audit repairs on host0, by whose engine nobody has any address, while all hosts are at work."""
    present = books.Present("host0", (), (), {})
    with etcds.open_store(url) as opened:
        auditor = repair.Auditor(opened, lambda: present, patience=60)
        found = [finding for _time in range(3) for finding in auditor.findings()]
        return [str(finding) for finding in found if finding.change is not None and auditor.repair(finding)]


@pytest.mark.parametrize(
    ("version", "cidr", "size"),
    [pytest.param(4, "10.65.0.0/27", 30, id="IPv4"), pytest.param(6, "fd65::/123", 126, id="IPv6")],
)
def test_in_a_pool_that_is_too_small_hosts_borrow_and_in_the_end_all_is_free(
    url: str, version: int, cidr: str, size: int
) -> None:
    hosts = [f"host{number}" for number in range(PROCESSES)]
    prepare(url, {"p1": {"cidr": cidr, "blockSize": size}}, hosts)
    with multiprocessing.get_context("spawn").Pool(1) as auditor:
        audited = auditor.apply_async(audit_meanwhile, (url,))
        results = in_processes(churn, [(url, host, seed, version) for seed, host in enumerate(hosts)])
        assert audited.get(timeout=120) == []  # every address is too young to be called leaked
    given = [address for result in results for address in result]
    assert len(given) == len(set(given))
    with etcds.open_store(url) as opened:
        assert_consistent(opened, version, set(given))
        assert any(
            holder["secondary"]["node"] != block.node
            for block in stored_blocks(opened, version)
            for _address, holder in block.holders()
        ), "nobody borrowed: the pool is not small enough"
    assert all(in_processes(give_back, [(url, host, held) for host, held in zip(hosts, results, strict=True)]))
    with etcds.open_store(url) as opened:
        assert_consistent(opened, version, set())


class Earlier:
    """The clock of ten minutes ago."""

    monotonic, sleep = staticmethod(time.monotonic), staticmethod(time.sleep)

    @staticmethod
    def time() -> float:
        return time.time() - 600


def test_what_was_leaked_long_ago_is_freed_by_an_audit(url: str) -> None:
    prepare(url, {"p1": POOL}, ["host0"])
    present = books.Present("host0", (), (), {})
    with etcds.open_store(url) as opened:
        then = allocate.Allocator(opened, "host0", clock=Earlier)
        lost = {str(then.assign(allocate.Wish(4))) for _time in range(3)}
        kept = str(allocate.Allocator(opened, "host0").assign(allocate.Wish(4)))
        auditor = repair.Auditor(opened, lambda: present)
        found = auditor.findings()
        assert {finding.subject for finding in found} == lost
        assert all(auditor.repair(finding) for finding in found)
        assert auditor.findings() == ()
        assert_consistent(opened, 4, {kept})


def prepare(url: str, pools: dict[str, Any], hosts: list[str]) -> None:
    with etcds.open_store(url) as opened:
        for key, document in cluster.records(pools, hosts=set(hosts)).items():
            opened.commit({key: document})


def in_processes(act: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> list[Any]:
    """One process for each; spawned, not forked: gRPC's threads do not survive a fork."""
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        return pool.starmap_async(act, arguments, chunksize=1).get(timeout=120)


def stored_blocks(opened: store.Store, version: int) -> Iterator[blocks.Block]:
    for record in opened.list(keys.blocks(version)).records:
        cidr = keys.cidr_of(record.key)
        assert cidr is not None
        yield blocks.decode(cidr, record.document())


def assert_consistent(opened: store.Store, version: int, given: set[str]) -> None:
    """Blocks hold exactly what was given, each address under a handle of its own, and have the owners they name."""
    every = list(stored_blocks(opened, version))
    holders = {str(address): holder["handle_id"] for block in every for address, holder in block.holders()}
    assert set(holders) == given
    handles = [record.key.removeprefix(keys.HANDLES) for record in opened.list(keys.HANDLES).records]
    assert sorted(handles) == sorted(holders.values())
    affinities = [record.key for record in opened.list(f"{keys.ROOT}host/").records]
    assert affinities == sorted(keys.affinity(block.node, block.cidr) for block in every if block.node)
