"""The examples of the modules of resources are accepted, and do the same only once."""

import importlib
from typing import Any

import pytest
import yaml

from ansible_collections.calico.docker.plugins.module_utils.reconcile import bootstrap
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
    made = FakeStore()
    bootstrap.bootstrap(made, timestamp="t", new_uid=lambda: "00000000-0000-4000-8000-000000000000")
    return made


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
        answer = run_module(main, **options)
        assert answer["changed"], answer.get("msg")
        assert not run_module(main, **options)["changed"]
