"""Module node removes a host that is gone for good with all that it holds, and tells what that was."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import node_module, resource_module
from ansible_collections.calico.docker.plugins.modules import node
from tests.fakes.store import FakeStore
from tests.unit.node.ipam.audited import World
from tests.unit.node.ipam.world import ANY4, ANY6

from .conftest import RunModule

GONE = {"name": "host1", "state": "absent", "gone": True}


def main(run: resource_module.Run) -> None:
    node.main(decommission=functools.partial(run, answers=lambda _address: False))


def main_of_a_host_that_answers(run: resource_module.Run) -> None:
    node.main(decommission=functools.partial(run, answers=lambda _address: True))


@pytest.fixture
def fake() -> FakeStore:
    world = World()
    world.start("host1", ANY4, ANY6)
    world.start("host2")
    return world.store


def test_it_goes_once_and_check_mode_tells_the_same(fake: FakeStore, run_module: RunModule) -> None:
    before = fake.documents()
    checked = run_module(main, node_module.decommission, check_mode=True, **GONE)
    assert fake.documents() == before
    first = run_module(main, node_module.decommission, **GONE)
    assert first == checked
    assert first["changed"]
    assert [len(first["released"][name]) for name in ("endpoints", "addresses", "blocks")] == [1, 2, 2]
    assert first["diff"]["before"]["node"]["metadata"]["name"] == "host1"
    second = run_module(main, node_module.decommission, **GONE)
    assert not second["changed"]
    assert second["diff"] == {"before": {}, "after": {}}
    assert not any("host1" in key for key in fake.documents())


def test_a_host_that_answers_stays_without_force(fake: FakeStore, run_module: RunModule) -> None:
    before = fake.documents()
    answer = run_module(main_of_a_host_that_answers, node_module.decommission, **GONE)
    assert "172.31.1.11 answers" in answer["msg"]
    assert fake.documents() == before
    assert run_module(main_of_a_host_that_answers, node_module.decommission, force=True, **GONE)["changed"]


def test_a_host_that_is_gone_is_not_registered(run_module: RunModule) -> None:
    options: dict[str, Any] = {**GONE, "state": "present", "ipv4_address": "10.0.0.1/24"}
    assert "needs state: absent" in run_module(main, node_module.decommission, **options)["msg"]


def test_without_that_word_a_node_with_containers_stays(run_module: RunModule) -> None:
    answer = run_module(node.main, name="host1", state="absent")
    assert "1 endpoints of the node exist; of a host that is gone for good" in answer["msg"]
