"""The examples of the modules of resources are accepted, and do the same only once."""

import functools
import importlib
from typing import Any

import pytest
import yaml

from ansible_collections.calico.docker.plugins.module_utils import node_module, resource_module
from ansible_collections.calico.docker.plugins.module_utils.reconcile import bootstrap
from ansible_collections.calico.docker.plugins.modules import node
from tests.fakes import cluster
from tests.fakes.store import FakeStore

from .conftest import RunModule

PLUGINS = "ansible_collections.calico.docker.plugins.modules"
COLLECTION = "calico.docker."
MODULES = (
    "bgp_configuration",
    "bgp_filter",
    "bgp_peer",
    "felix_configuration",
    "host_endpoint",
    "ip_pool",
    "ip_reservation",
    "ipam_configuration",
    "network_policy",
    "network_set",
    "node",
    "policy",
    "profile",
    "tier",
)


@pytest.fixture
def fake() -> FakeStore:
    made = FakeStore(dict([cluster.record("Node", "rack2-host2", {})]))
    bootstrap.bootstrap(made, timestamp="t", new_uid=lambda: "00000000-0000-4000-8000-000000000000")
    return made


def gone(run: resource_module.Run) -> None:
    """Module node where it ends a host, of which nothing is heard."""
    node.main(decommission=functools.partial(run, answers=lambda _address: False))


def filled(value: Any, item: dict[str, str]) -> Any:
    """What Ansible makes of an option: the item of a loop, or the host's name, put in."""
    if isinstance(value, str) and value.startswith("{{"):
        return {"inventory_hostname": "host1", **{f"item.{key}": of for key, of in item.items()}}[value.strip("{ }")]
    return value


def tasks(module: str) -> list[tuple[str, dict[str, Any]]]:
    """Module and options of each task, once for each item of its loop."""
    found = []
    for task in yaml.safe_load(importlib.import_module(f"{PLUGINS}.{module}").EXAMPLES):
        (action,) = (key for key in task if key.startswith(COLLECTION))
        for item in task.get("loop", [{}]):
            options = {name: filled(value, item) for name, value in task[action].items()}
            found.append((action.removeprefix(COLLECTION), options))
    return found


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_accepted(module: str, run_module: RunModule) -> None:
    for name, options in tasks(module):
        main = importlib.import_module(f"{PLUGINS}.{name}").main
        called = (gone, node_module.decommission) if options.get("gone") else (main,)
        answer = run_module(*called, **options)
        assert answer["changed"], answer.get("msg")
        assert not run_module(*called, **options)["changed"]
