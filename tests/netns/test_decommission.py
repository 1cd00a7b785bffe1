"""``calicoctl node delete`` against a real etcd: cut short at any moment, repeated, while other hosts are at work."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import uuid

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import workload_endpoints
from ansible_collections.calico.docker.plugins.module_utils.reconcile import books
from calico_node.ipam import allocate, repair
from calico_node.ipam.books import Present
from tests.fakes import cluster

from . import etcds
from .waiting import until

GONE, STAYS = "host1", "host2"
CONTAINERS = 300  # of two addresses each: some seventeen transactions


def start(opened: store.Store, node: str, count: int) -> None:
    """Containers with their endpoints, as the plugin writes them."""
    allocator = allocate.Allocator(opened, node, patience=60)
    for _time in range(count):
        addresses = [allocator.assign(allocate.Wish(version)) for version in (4, 6)]
        endpoint = workload_endpoints.for_container(
            node=node,
            endpoint=uuid.uuid4().hex * 2,
            interface="cali0",
            mac="ee:ee:ee:ee:ee:ee",
            addresses=addresses,
            profiles=["frontend"],
        )
        opened.commit({endpoint.key: endpoint.created(uid=cluster.UID, timestamp=cluster.CREATED).encode()})


def work(url: str, rounds: int) -> list[str]:
    """Another host takes addresses and gives them back, in the same small pool; what it holds in the end."""
    with etcds.open_store(url) as opened:
        allocator = allocate.Allocator(opened, STAYS, patience=60)
        held = []
        for number in range(rounds):
            held.append(allocator.assign(allocate.Wish(4)))
            if number % 2:
                assert allocator.release(held.pop(0))
        return [str(address) for address in held]


def delete(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "calico_node.cli", "node", "delete", GONE],
        env={**os.environ, "ETCD_ENDPOINTS": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def assert_in_order(opened: store.Store, given: set[str]) -> None:
    """Nothing of the host is left, others hold what they were given, and the audit agrees."""
    every = books.every_block(opened, 0).values()
    held = [(str(address), holder) for stored in every if stored for address, holder in stored.block.holders()]
    assert {address for address, _holder in held} == given
    assert not [record.key for record in opened.list("/calico/").records if GONE in f"{record.key}{record.value!r}"]
    auditor = repair.Auditor(opened, lambda: Present(STAYS, (), (), {}))
    assert [found for found in auditor.findings() if found.kind != "leaked"] == []


def test_it_is_cut_short_again_and_again_and_in_the_end_nothing_is_left(url: str) -> None:
    with etcds.open_store(url) as opened:
        pools = {"p4": {"cidr": "10.65.0.0/23", "blockSize": 27}, "p6": {"cidr": "fd65::/112", "blockSize": 120}}
        for key, document in cluster.records(pools, hosts=(GONE, STAYS)).items():
            opened.commit({key: document})
        start(opened, GONE, CONTAINERS)
        with multiprocessing.get_context("spawn").Pool(1) as other:
            working = other.apply_async(work, (url, 150))
            left = CONTAINERS
            for _time in range(3):
                before = left
                running = delete(url)
                left = until(lambda: endpoints_of(opened, GONE), lambda count, before=before: count < before)
                running.kill()
                running.communicate()
                assert_no_address_of_an_endpoint_is_free(opened)
            assert 0 < endpoints_of(opened, GONE) < CONTAINERS
            last = delete(url)
            output, errors = last.communicate(timeout=120)
            assert (last.returncode, errors) == (0, "")
            assert output.startswith(f"Node {GONE} is deleted. Released: ")
            given = working.get(timeout=120)
        assert_in_order(opened, set(given))
        again = delete(url)
        output, errors = again.communicate(timeout=60)
        assert (again.returncode, output) == (1, "")
        assert f"there is no node {GONE}, and nothing is left of one" in errors


def endpoints_of(opened: store.Store, node: str) -> int:
    return sum(one.node == node for one in books.endpoints(opened).found)


def assert_no_address_of_an_endpoint_is_free(opened: store.Store) -> None:
    blocks = books.every_block(opened, 0)
    for endpoint in books.endpoints(opened).found:
        for address in endpoint.addresses:
            stored = next(stored for cidr, stored in blocks.items() if address in cidr)
            assert stored is not None
            assert stored.block.holder(address) is not None
