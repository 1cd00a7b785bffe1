"""Modules that decide who reaches whom say in the diff what they open and cut, before they do."""

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model import tiers
from ansible_collections.calico.docker.plugins.modules import (
    ip_pool,
    network_policy,
    network_set,
    policy,
    profile,
    tier,
)
from tests.fakes.store import FakeStore
from tests.states import records

from .conftest import RunModule

FRONTEND, BACKEND = "calico.docker/network == 'frontend'", "calico.docker/network == 'backend'"
WITHIN = {"action": "Allow", "source": {"selector": BACKEND}}
DATABASE = {
    "action": "Allow",
    "protocol": "TCP",
    "source": {"selector": FRONTEND},
    "destination": {"ports": [5432]},
}
CLOSED = {"name": "backend", "selector": BACKEND, "ingress": [WITHIN], "types": ["Ingress"]}
OPENED = {**CLOSED, "ingress": [DATABASE, WITHIN]}
LINE = "frontend -> backend tcp/5432: deny -> allow, 5 endpoints\n"


@pytest.fixture
def cluster(fake: FakeStore, run_module: RunModule) -> FakeStore:
    """Two networks, with a policy that closes one of them."""
    containers = [records.endpoint(number, networks=["frontend"]) for number in (1, 2)]
    containers += [records.endpoint(number, networks=["backend"]) for number in (3, 4, 5)]
    networks = [records.network(name) for name in ("frontend", "backend")]
    for change in (records.of(tiers.well_known()), *networks, *containers):
        assert change.value is not None
        fake.put(change.key, change.value)
    run_module(policy.main, **CLOSED)
    return fake


@pytest.mark.usefixtures("cluster")
class TestDiff:
    @pytest.mark.parametrize("check_mode", [True, False], ids=["in check mode", "for real"])
    def test_a_policy_says_what_it_opens(self, run_module: RunModule, check_mode: bool) -> None:
        answer = run_module(policy.main, **OPENED, check_mode=check_mode)
        assert answer["changed"]
        assert answer["diff"]["prepared"] == LINE
        assert answer["diff"]["before"]["spec"] != answer["diff"]["after"]["spec"]

    def test_and_what_its_removal_cuts(self, run_module: RunModule) -> None:
        run_module(policy.main, **OPENED)
        answer = run_module(policy.main, name="backend", state="absent")
        assert answer["diff"]["prepared"] == LINE.replace("deny -> allow", "allow -> deny")

    def test_a_second_run_says_nothing(self, run_module: RunModule) -> None:
        run_module(policy.main, **OPENED)
        answer = run_module(policy.main, **OPENED)
        assert "prepared" not in answer["diff"]
        assert answer["reachability"] == []

    @pytest.mark.parametrize(
        ("main", "options", "said"),
        [
            pytest.param(
                profile.main,
                {"name": "frontend", "egress": []},
                ["frontend -> frontend, the outside all traffic: allow -> deny, 2 endpoints"],
                id="profile",
            ),
            pytest.param(tier.main, {"name": "security", "order": 1}, [], id="a tier without policies"),
            pytest.param(
                network_policy.main,
                {"name": "frontend", "selector": FRONTEND, "types": ["Ingress"]},
                ["frontend -> frontend all traffic: allow -> deny, 2 endpoints"],
                id="network_policy",
            ),
            pytest.param(
                policy.main,
                {"name": "frontend", "selector": FRONTEND, "types": ["Ingress"], "staged": True},
                [],
                id="a policy on rehearsal",
            ),
            pytest.param(
                network_set.main,
                {"name": "office", "labels": {"calico.docker/network": "backend"}, "nets": ["198.51.100.0/24"]},
                ["network set office -> backend all traffic: deny -> allow, 3 endpoints"],
                id="network_set",
            ),
        ],
    )
    def test_so_do_the_others(
        self, main: Callable[..., None], options: dict[str, Any], said: list[str], run_module: RunModule
    ) -> None:
        answer = run_module(main, **options)
        assert answer["diff"].get("prepared", "").splitlines() == answer.get("reachability", []) == said


@pytest.mark.usefixtures("cluster")
def test_check_mode_says_it_without_a_diff_too(run_module: RunModule) -> None:
    answer = run_module(policy.main, **OPENED, check_mode=True, diff=False)
    assert answer["reachability"] == LINE.splitlines()


def test_without_diff_mode_the_store_is_not_read_whole(cluster: FakeStore, run_module: RunModule) -> None:
    asked: list[str] = []
    listed = cluster.list
    cluster.list = lambda prefix: asked.append(prefix) or listed(prefix)  # type: ignore[method-assign,func-returns-value]
    run_module(policy.main, **OPENED, diff=False)
    assert "/calico/resources/v3/projectcalico.org/" not in asked


def test_kinds_that_decide_nothing_say_nothing(run_module: RunModule) -> None:
    assert "prepared" not in run_module(ip_pool.main, name="v4", cidr="10.65.0.0/16")["diff"]
