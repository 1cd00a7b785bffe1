"""Statements of who reaches whom hold, or end the task with the rule that decided."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.calico.docker.plugins.module_utils import reachability_module
from ansible_collections.calico.docker.plugins.module_utils.model import tiers
from ansible_collections.calico.docker.plugins.modules import policy, reachability
from tests.fakes.store import FakeStore
from tests.states import records

from .conftest import Answer, RunModule

FRONTEND, BACKEND = ({"selector": f"calico.docker/network == '{name}'"} for name in ("frontend", "backend"))
DATABASE = {
    "action": "Allow",
    "protocol": "TCP",
    "source": FRONTEND,
    "destination": {"ports": [5432]},
}
OPENED = {"name": "backend", "selector": BACKEND["selector"], "ingress": [DATABASE], "types": ["Ingress"]}


@pytest.fixture
def fake() -> FakeStore:
    made = FakeStore()
    containers = [records.endpoint(number, networks=["frontend"]) for number in (1, 2)]
    containers += [records.endpoint(number, networks=["backend"], node="host2") for number in (3, 4)]
    networks = [records.network(name) for name in ("frontend", "backend")]
    for change in (records.of(tiers.well_known()), *networks, *containers):
        assert change.value is not None
        made.put(change.key, change.value)
    return made


@pytest.fixture
def state(run_module: RunModule) -> RunModule:
    def run(*statements: dict[str, Any], **options: Any) -> Answer:
        return run_module(reachability.main, reachability_module.examine, statements=list(statements), **options)

    return run


def test_what_holds_is_counted(fake: FakeStore, run_module: RunModule, state: RunModule) -> None:
    run_module(policy.main, **OPENED)
    commits = fake.commits
    answer = state(
        {"source": FRONTEND, "destination": BACKEND, "ports": [5432]},
        {"source": FRONTEND, "destination": BACKEND, "ports": [22, 80], "expect": "Deny", "ip_version": 4},
    )
    assert not answer["changed"]
    assert [(one["holds"], one["packets"]) for one in answer["statements"]] == [(True, 2), (True, 2)]
    assert answer["statements"][1]["name"].endswith("does not reach calico.docker/network == 'backend' by TCP/22,80")
    assert fake.commits == commits


def test_what_does_not_ends_the_task_with_the_trail(state: RunModule) -> None:
    answer = state(
        {"source": FRONTEND, "destination": FRONTEND, "ports": [80]},
        {"name": "the database is open", "source": FRONTEND, "destination": BACKEND, "ports": [5432]},
    )
    assert answer["failed"]
    assert answer["msg"].startswith("1 of 2 statements do not hold; the database is open: 2 of 2 packets, such as")
    first = answer["statements"][1]["counterexamples"][0]
    assert (first["verdict"], first["port"]) == ("Deny", 5432)
    assert first["trail"][-1]["outcome"] == "Deny"
    assert first["trail"][0]["decided_by"] == "Profile frontend, rule 1"


def test_staged_policies_are_asked_when_wanted(run_module: RunModule, state: RunModule) -> None:
    run_module(policy.main, **OPENED, staged=True)
    wanted = {"source": FRONTEND, "destination": BACKEND, "ports": [5432]}
    assert state(wanted)["failed"]
    assert not state(wanted, staged=True).get("failed")


def test_all_that_is_wrong_is_told_at_once(state: RunModule) -> None:
    answer = state(
        {"source": {"selector": "a = b"}, "destination": BACKEND, "ports": [80]},
        {"source": FRONTEND, "destination": BACKEND},
    )
    fields = [problem["field"] for problem in answer["problems"]]
    assert fields == ["statements[0].source.selector", "statements[1].ports"]
    nobody = state({"source": {"selector": "app == 'web'"}, "destination": BACKEND, "ports": [80]})
    assert "statements[0].source: \"app == 'web'\" is refused" in nobody["msg"]


def test_the_examples(fake: FakeStore, run_module: RunModule) -> None:
    run_module(policy.main, **OPENED)
    policy_of_all = {"name": "z", "selector": "all()", "types": ["Egress"], "egress": [{"action": "Allow", **BOTH}]}
    run_module(policy.main, **policy_of_all)
    for task in yaml.safe_load(reachability.EXAMPLES):
        answer = run_module(reachability.main, reachability_module.examine, **task["calico.docker.reachability"])
        assert len(answer["statements"]) == len(task["calico.docker.reachability"]["statements"])
    assert fake.commits == 2


BOTH = {"destination": {"selector": "all()"}}
