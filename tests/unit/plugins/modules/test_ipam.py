"""Who holds which address is told, and what nobody has is given back, once."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
import yaml

from ansible_collections.calico.docker.plugins.module_utils import ipam_module
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import keys
from ansible_collections.calico.docker.plugins.modules import ipam_info, ipam_release
from tests.fakes.store import FakeStore
from tests.unit.node.ipam.audited import World
from tests.unit.node.ipam.world import ANY4, ANY6, handles

from .conftest import Answer, RunModule


@pytest.fixture
def world() -> World:
    """Two hosts of which the first borrows of the second; the clock stands long ago."""
    made = World()
    made.start("host2", ANY4, ANY6)
    for _time in range(13):
        made.start("host1")
    return made


@pytest.fixture
def fake(world: World) -> FakeStore:
    return world.store


@pytest.fixture
def show(run_module: RunModule) -> RunModule:
    def run(**options: Any) -> Answer:
        return run_module(ipam_info.main, ipam_module.show, **options)

    return run


@pytest.fixture
def release(run_module: RunModule) -> RunModule:
    def run(**options: Any) -> Answer:
        return run_module(ipam_release.main, ipam_module.release, **options)

    return run


def lose(world: World, node: str = "host1") -> str:
    """A container of which the endpoint is lost; its address."""
    name, (_node, addresses) = next(pair for pair in world.containers.items() if pair[1][0] == node)
    world.store.delete(world.endpoint_key(addresses[0]))
    world.containers.pop(name)
    return str(addresses[0])


class TestInfo:
    def test_pools_blocks_and_addresses(self, show: RunModule) -> None:
        answer = show()
        assert not answer["changed"]
        pool4, pool6 = answer["pools"]
        assert (pool4["name"], pool4["total"], pool4["used"], pool4["free"]) == ("p1", 16, 14, 2)
        assert (pool6["cidr"], pool6["used"]) == ("fd65::/120", 1)
        assert len(answer["addresses"]) == 15
        assert sum(block["used"] for block in answer["blocks"]) == 15
        assert answer["blocks_without_pool"] == []
        assert answer["settings"]["max_blocks_per_host"] == 20

    def test_of_one_node_with_what_it_borrows(self, show: RunModule) -> None:
        answer = show(node="host1")
        assert len(answer["addresses"]) == 13
        assert {block["node"] for block in answer["blocks"]} == {"host1"}
        assert sum(block["used"] for block in answer["blocks"]) < 13

    def test_of_one_address(self, world: World, show: RunModule) -> None:
        address = world.containers[f"{0:064x}"][1][0]
        [held] = show(addresses=[str(address), "10.65.0.99"])["addresses"]
        assert held["node"] == "host2"
        assert held["endpoint"].startswith("host2-libnetwork-libnetwork-0000")
        assert held["handle"].startswith("libnetwork.")

    def test_what_cannot_be_read_is_warned_of(self, fake: FakeStore, show: RunModule) -> None:
        fake.put(keys.block(ipaddress.ip_network("10.66.0.0/26")), b"{")
        assert "block 10.66.0.0/26" in str(show()["warnings"])

    def test_no_address_is_refused(self, show: RunModule) -> None:
        assert show(addresses=["x"])["problems"][0]["field"] == "addresses[0]"


class TestRelease:
    def test_once_and_check_mode_tells_the_same(self, world: World, fake: FakeStore, release: RunModule) -> None:
        lost = lose(world)
        before = fake.documents()
        checked = release(addresses=[lost], check_mode=True)
        assert fake.documents() == before
        first = release(addresses=[lost])
        assert first == checked
        assert (first["changed"], first["released"]) == (True, [lost])
        assert len(handles(fake)) == 14
        again = release(addresses=[lost])
        assert (again["changed"], again["free"]) == (False, [lost])
        assert not any(finding[1] == lost for finding in world.found("host1"))

    def test_by_handle(self, world: World, show: RunModule, release: RunModule) -> None:
        lost = lose(world)
        [held] = show(addresses=[lost])["addresses"]
        assert release(handle=held["handle"])["released"] == [lost]
        assert not release(handle=held["handle"])["changed"]

    def test_more_than_a_transaction_takes(self, world: World, fake: FakeStore, release: RunModule) -> None:
        lost = [lose(world) for _time in range(13)]
        assert release(addresses=lost)["released"] == lost
        assert len(handles(fake)) == 2

    def test_what_a_container_has_is_refused_with_all_else(
        self, world: World, fake: FakeStore, release: RunModule
    ) -> None:
        lost, used = lose(world), str(world.containers[f"{0:064x}"][1][0])
        before = fake.documents()
        answer = release(addresses=[lost, used])
        assert [problem["value"] for problem in answer["problems"]] == [used]
        assert "endpoint host2-libnetwork" in answer["msg"]
        assert fake.documents() == before
        assert release(addresses=[lost, used], force=True)["released"] == [lost, used]

    def test_an_endpoint_that_comes_meanwhile_keeps_its_address(
        self, world: World, fake: FakeStore, release: RunModule
    ) -> None:
        name, kept = next(pair for pair in world.containers.items() if pair[1][0] == "host1")
        lost = lose(world)
        world.containers[name] = kept
        fake.before_commit.append(lambda: world.publish(name))
        assert "endpoint host1-libnetwork" in release(addresses=[lost])["msg"]

    def test_a_container_that_is_starting_keeps_its_address(self, world: World, release: RunModule) -> None:
        world.clock.now = 4_000_000_000  # its host's clock says so
        [young] = world.start("host1")
        world.store.delete(world.endpoint_key(young))
        assert "may be starting" in release(addresses=[str(young)])["msg"]


def test_examples(fake: FakeStore, run_module: RunModule) -> None:
    for main, how, module in (
        (ipam_info.main, ipam_module.show, ipam_info),
        (ipam_release.main, ipam_module.release, ipam_release),
    ):
        for task in yaml.safe_load(module.EXAMPLES):
            name = next(key for key in task if key.startswith(("calico.docker.", "ansible.builtin.")))
            if name.startswith("calico.docker."):
                assert not run_module(main, how, **(task[name] or {})).get("failed")
    assert fake.commits > 0
