"""Module resources applies lists, files and directories, and removes what is not among them any more."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
import yaml

from ansible_collections.calico.docker.plugins.module_utils import resources_module
from ansible_collections.calico.docker.plugins.module_utils.model import resources as model
from ansible_collections.calico.docker.plugins.module_utils.model import tiers
from ansible_collections.calico.docker.plugins.modules import resources
from tests.fakes.store import FakeStore
from tests.states import records

from .conftest import Answer, RunModule


def policy(name: str, action: str = "Allow", **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "projectcalico.org/v3",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "labels": {"set": "web"}, **metadata},
        "spec": {"selector": "has(web)", "types": ["Ingress"], "ingress": [{"action": action}]},
    }


def names(fake: FakeStore) -> list[str]:
    return [key.removeprefix(model.PREFIX) for key in fake.documents() if "/tiers/" not in key]


@pytest.fixture
def fake() -> FakeStore:
    tier = records.of(tiers.well_known())
    assert tier.value is not None
    return FakeStore({tier.key: yaml.safe_load(tier.value)})


@pytest.fixture
def apply(run_module: RunModule) -> RunModule:
    def run(*definitions: dict[str, Any], **options: Any) -> Answer:
        given = {"definitions": list(definitions)} if definitions else {}
        return run_module(resources.main, resources_module.apply, **given, **options)

    return run


def test_they_come_change_and_go(fake: FakeStore, apply: RunModule) -> None:
    checked = apply(policy("a"), policy("b"), check_mode=True)
    assert names(fake) == []
    first = apply(policy("a"), policy("b"))
    assert first == checked
    assert first["created"] == ["NetworkPolicy libnetwork/a", "NetworkPolicy libnetwork/b"]
    assert [part["after_header"] for part in first["diff"]] == first["created"]
    again = apply(policy("a"), policy("b"))
    assert (again["changed"], again["unchanged"], again["diff"]) == (False, 2, [])
    changed = apply(policy("a", "Deny"), policy("b"))
    assert (changed["updated"], changed["unchanged"]) == (["NetworkPolicy libnetwork/a"], 1)
    gone = apply(policy("a"), policy("b"), state="absent")
    assert len(gone["removed"]) == 2
    assert not apply(policy("a"), policy("b"), state="absent")["changed"]
    assert names(fake) == []


def test_files_of_a_directory_in_any_form(fake: FakeStore, apply: RunModule, tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.yaml").write_text(yaml.safe_dump_all([policy("a"), policy("b", namespace="blue")]))
    (tmp_path / "b.yml").write_text(yaml.safe_dump({"kind": "List", "items": [policy("c")]}))
    (tmp_path / "notes.txt").write_text("no resource")
    assert len(apply(src=str(tmp_path))["created"]) == 3
    assert names(fake) == [f"networkpolicies/{name}" for name in ("blue/b", "libnetwork/a", "libnetwork/c")]
    assert apply(src=str(tmp_path / "a.yaml"), namespace="red")["created"] == ["NetworkPolicy red/a"]


def test_what_was_in_the_set_and_is_not_any_more_goes(fake: FakeStore, apply: RunModule) -> None:
    apply(policy("a"), policy("b"), policy("other", labels={"set": "db"}))
    answer = apply(policy("b"), prune_selector="set == 'web'")
    assert answer["removed"] == ["NetworkPolicy libnetwork/a"]
    assert names(fake) == ["networkpolicies/libnetwork/b", "networkpolicies/libnetwork/other"]
    assert not apply(policy("b"), prune_selector="set == 'web'")["changed"]
    assert not apply(policy("c"), prune_selector="set == 'web'", prune_kinds=["ippools"])["removed"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        pytest.param({"prune_selector": "set == 'db'"}, "NetworkPolicy a.metadata.labels", id="not in its own set"),
        pytest.param({"prune_selector": "all()"}, "everything would go", id="a selector of everything"),
        pytest.param({"prune_selector": "set = 1"}, "prune_selector: 'set = 1' is refused", id="no selector"),
        pytest.param({"prune_selector": "has(set)", "prune_kinds": ["Node"]}, "never pruned", id="hosts"),
        pytest.param({"prune_selector": "has(set)", "state": "absent"}, "needs state: present", id="with absent"),
        pytest.param({"definitions": [policy("a"), policy("a")]}, "2 documents are about this", id="twice"),
        pytest.param({"definitions": [{"kind": "Pod"}]}, "definitions[1].kind: 'Pod' is refused", id="unknown kind"),
        pytest.param(
            {"definitions": [{"kind": "ClusterInformation", "metadata": {"name": "default"}, "spec": {}}]},
            "is read-only",
            id="read-only",
        ),
        pytest.param({"src": "/nowhere"}, "cannot read /nowhere", id="no file"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    options: dict[str, Any], text: str, fake: FakeStore, run_module: RunModule
) -> None:
    given = {} if "src" in options else {"definitions": [policy("a")]}
    answer = run_module(resources.main, resources_module.apply, **{**given, **options})
    assert answer["failed"]
    assert text in answer["msg"]
    assert names(fake) == []


def test_all_that_is_wrong_is_told_at_once(run_module: RunModule) -> None:
    wrong = [{**policy("a"), "spec": {"order": "x"}}, {**policy("b"), "spec": {"no": 1}}]
    answer = run_module(resources.main, resources_module.apply, definitions=wrong)
    assert [problem["field"] for problem in answer["problems"]] == [
        "definitions[1].spec.order",
        "definitions[2].spec.no",
    ]


def test_what_all_of_them_open_together_is_told(fake: FakeStore, apply: RunModule) -> None:
    for change in (
        records.network("web"),
        records.endpoint(1, networks=["web"]),
        records.endpoint(2, networks=["web"]),
    ):
        assert change.value is not None
        fake.put(change.key, change.value)
    closed = policy("a")
    closed["spec"] = {"selector": "calico.docker/network == 'web'", "types": ["Ingress"]}
    answer = apply(closed, check_mode=True)
    assert any("allow -> deny" in line for line in answer["reachability"])
    assert answer["diff"][0]["prepared"].splitlines() == answer["reachability"]
    assert "reachability" not in apply(policy("b"), diff=False)


def test_the_examples_do_what_they_say(fake: FakeStore, apply: RunModule, tmp_path: pathlib.Path) -> None:
    one, other = (task["calico.docker.resources"] for task in yaml.safe_load(resources.EXAMPLES))
    assert apply(**one)["created"] == ["Tier web", "NetworkPolicy libnetwork/frontend"]
    assert not apply(**one)["changed"]
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(policy("a")))
    assert apply(**{**other, "src": str(tmp_path)})["changed"]
    assert len(names(fake)) == 2
