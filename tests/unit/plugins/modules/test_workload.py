"""What is no container has an endpoint and its addresses together, or neither."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
import yaml

from ansible_collections.calico.docker.plugins.module_utils import workload_module
from ansible_collections.calico.docker.plugins.module_utils.model.ipam import keys
from ansible_collections.calico.docker.plugins.module_utils.reconcile import books
from ansible_collections.calico.docker.plugins.modules import workload
from calico_node.ipam import errors as ipam_errors
from tests.fakes.store import FakeStore
from tests.unit.node.ipam.audited import World
from tests.unit.node.ipam.world import ANY4, allocator, given, handles

from .conftest import Answer, RunModule

NAME = "host1-ansible-vm-eth0"
KEY = f"{books.ENDPOINTS}default/{NAME}"
VM = {"name": "vm", "node": "host1", "interface_name": "calivm", "ip_networks": ["10.65.0.9", "fd65::9/128"]}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def fake(world: World) -> FakeStore:
    return world.store


@pytest.fixture
def run(run_module: RunModule) -> RunModule:
    def call(**options: Any) -> Answer:
        return run_module(workload.main, workload_module.run, **options)

    return call


def test_it_comes_and_goes_with_its_addresses(world: World, fake: FakeStore, run: RunModule) -> None:
    before = fake.documents()
    checked = run(**VM, labels={"app": "legacy"}, check_mode=True)
    assert fake.documents() == before
    first = run(**VM, labels={"app": "legacy"})
    assert first == checked
    document: Any = fake.documents()[KEY]
    assert document["spec"]["ipNetworks"] == ["10.65.0.9/32", "fd65::9/128"]
    assert document["metadata"]["labels"] == {
        "app": "legacy",
        "projectcalico.org/namespace": "default",
        "projectcalico.org/orchestrator": "ansible",
    }
    assert world.found("host1") == []  # the audit agrees
    with pytest.raises(ipam_errors.InUse, match=r"workload\.default\.host1-ansible-vm-eth0"):
        allocator(fake, "host2", world.clock).assign(given("10.65.0.9"))
    assert not run(**VM, labels={"app": "legacy"})["changed"]
    gone = {"name": "vm", "node": "host1", "state": "absent"}
    assert run(**gone)["changed"]
    assert not run(**gone)["changed"]
    assert handles(fake) == {}
    assert KEY not in fake.documents()
    assert world.found("host1") == []


def test_both_are_written_at_once(fake: FakeStore, run: RunModule) -> None:
    run(**VM)
    assert fake.commits == 1


def test_another_address_frees_the_one_before(world: World, fake: FakeStore, run: RunModule) -> None:
    run(**VM)
    answer = run(**{**VM, "ip_networks": ["10.65.0.10"]})
    assert answer["resource"]["spec"]["ipNetworks"] == ["10.65.0.10/32"]
    assert handles(fake)[keys.handle(f"workload.default.{NAME}")]["block"] == {"10.65.0.8/30": 1}
    assert allocator(fake, "host2", world.clock).assign(given("10.65.0.9"))


def test_an_endpoint_that_lost_its_addresses_gets_them_back(world: World, fake: FakeStore, run: RunModule) -> None:
    run(**VM)
    fake.delete(world.block_key(ipaddress.ip_address("10.65.0.9")))
    assert ("unrecorded", "10.65.0.9") in world.found("host1")
    assert run(**VM)["changed"]
    assert world.found("host1") == []


def test_what_is_in_use_is_refused_with_all_else(world: World, fake: FakeStore, run: RunModule) -> None:
    [taken] = world.start("host2", ANY4)
    before = fake.documents()
    answer = run(**{**VM, "ip_networks": [str(taken), "10.65.0.15"]})
    assert [problem["value"] for problem in answer["problems"]] == [str(taken)]
    assert "is in use (handle libnetwork." in answer["msg"]
    assert fake.documents() == before


def test_a_container_that_is_faster_keeps_the_address(world: World, fake: FakeStore, run: RunModule) -> None:
    fake.before_commit.append(lambda: world.start("host2", given("10.65.0.9")))
    assert "10.65.0.9" in run(**VM)["msg"]
    assert KEY not in fake.documents()


def test_an_address_of_no_pool_is_in_no_book(fake: FakeStore, run: RunModule) -> None:
    assert run(**{**VM, "ip_networks": ["192.0.2.7"]})["changed"]
    assert handles(fake) == {}


def test_labels_that_are_not_given_stay(fake: FakeStore, run: RunModule) -> None:
    run(**VM, labels={"app": "legacy"})
    assert not run(**VM)["changed"]
    assert run(**VM, labels={})["changed"]
    document: Any = fake.documents()[KEY]
    assert "app" not in document["metadata"]["labels"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        pytest.param({"interface_name": "tap0"}, "spec.interfaceName", id="an interface that is nobody's"),
        pytest.param({"ip_networks": ["10.65.0.0/24"]}, "ipNetworks[0]", id="a network"),
        pytest.param({"node": "host9"}, "spec.ipNetworks", id="a node that is not there"),
    ],
)
def test_bad_input_is_refused(options: dict[str, Any], field: str, fake: FakeStore, run: RunModule) -> None:
    before = fake.documents()
    answer = run(**{**VM, **options})
    assert answer["problems"][0]["field"] == field
    assert fake.documents() == before


def test_strict_affinity_keeps_addresses_with_their_node(world: World, fake: FakeStore, run: RunModule) -> None:
    fake.put(keys.CONFIG, {"strict_affinity": True, "auto_allocate_blocks": True})
    [theirs] = world.start("host2", ANY4)
    neighbour = str(theirs + 1 if int(theirs) % 2 == 0 else theirs - 1)
    assert "strict affinity keeps it there" in run(**{**VM, "ip_networks": [neighbour]})["msg"]


def test_the_example(world: World, run: RunModule) -> None:
    [task] = yaml.safe_load(workload.EXAMPLES)
    options = {**task["calico.docker.workload"], "node": "host1"}
    assert run(**options)["changed"]
    assert not run(**options)["changed"]
    assert world.found("host1") == []
