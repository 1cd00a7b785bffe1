"""A staged policy is a resource of its own, beside the one in force."""

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import resources, tiers
from ansible_collections.calico.docker.plugins.modules import network_policy, policy
from tests.fakes.store import FakeStore
from tests.states import records

from .conftest import RunModule

ALLOW = {"name": "web", "selector": "has(web)", "ingress": [{"action": "Allow"}]}
GLOBAL, STAGED_GLOBAL = "globalnetworkpolicies/web", "stagedglobalnetworkpolicies/web"
OWN, STAGED_OWN = "networkpolicies/libnetwork/web", "stagednetworkpolicies/libnetwork/web"

modules = pytest.mark.parametrize(
    ("main", "in_force", "staged"),
    [
        pytest.param(policy.main, GLOBAL, STAGED_GLOBAL, id="policy"),
        pytest.param(network_policy.main, OWN, STAGED_OWN, id="network_policy"),
    ],
)

mains = pytest.mark.parametrize("main", [policy.main, network_policy.main], ids=["policy", "network_policy"])


@pytest.fixture(autouse=True)
def with_a_tier(fake: FakeStore) -> None:
    tier = records.of(tiers.well_known())
    assert tier.value is not None
    fake.put(tier.key, tier.value)


def stored(fake: FakeStore) -> dict[str, Any]:
    found = {key.removeprefix(resources.PREFIX): document for key, document in fake.documents().items()}
    return {key: document for key, document in found.items() if not key.startswith("tiers/")}


@modules
def test_both_come_and_go_by_themselves(
    main: Callable[..., None], in_force: str, staged: str, fake: FakeStore, run_module: RunModule
) -> None:
    for given in ({}, {"staged": True}):
        assert run_module(main, **ALLOW, **given)["changed"]
        assert not run_module(main, **ALLOW, **given)["changed"]
    assert set(stored(fake)) == {in_force, staged}
    assert stored(fake)[staged]["spec"] == {**stored(fake)[in_force]["spec"], "stagedAction": "Set"}
    assert run_module(main, name="web", staged=True, state="absent")["changed"]
    assert set(stored(fake)) == {in_force}


@modules
def test_a_removal_is_rehearsed(
    main: Callable[..., None], in_force: str, staged: str, fake: FakeStore, run_module: RunModule
) -> None:
    run_module(main, **ALLOW)
    assert run_module(main, name="web", staged=True, staged_action="Delete")["changed"]
    assert stored(fake)[staged]["spec"] == {"tier": "default", "stagedAction": "Delete"}
    assert in_force in stored(fake)


@mains
def test_a_removal_has_no_rules(main: Callable[..., None], fake: FakeStore, run_module: RunModule) -> None:
    answer = run_module(main, **ALLOW, staged=True, staged_action="Delete")
    assert [problem["field"] for problem in answer["problems"]] == ["spec.selector", "spec.ingress"]
    assert stored(fake) == {}


@mains
@pytest.mark.parametrize("action", ["Set", "Delete"])
def test_an_action_without_a_rehearsal_is_refused(
    main: Callable[..., None], action: str, fake: FakeStore, run_module: RunModule
) -> None:
    answer = run_module(main, **ALLOW, staged_action=action)
    assert answer["failed"]
    assert "needs staged: true" in answer["msg"]
    assert stored(fake) == {}


def test_the_same_name_in_two_namespaces_is_two_policies(fake: FakeStore, run_module: RunModule) -> None:
    for namespace in ({}, {"namespace": "blue"}):
        assert run_module(network_policy.main, **ALLOW, **namespace)["changed"]
    assert set(stored(fake)) == {OWN, "networkpolicies/blue/web"}
