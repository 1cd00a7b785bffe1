"""Docker networks come, stay and go; what Docker cannot change is told or made anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import docker_networks, docker_sdk
from ansible_collections.calico.docker.plugins.modules import network

from .conftest import RunModule as Run

DESCRIPTION = {
    "Name": "frontend",
    "Driver": "calico",
    "EnableIPv6": True,
    "Internal": False,
    "IPAM": {
        "Driver": "calico",
        "Options": None,
        "Config": [{"Subnet": "0.0.0.0/0", "Gateway": "0.0.0.0/0"}, {"Subnet": "fd66::/64"}],
    },
    "Labels": {"team": "web"},
    "Options": None,
}
WANTED = {"name": "frontend", "ipv6": True, "subnets": ["fd66::/64"], "labels": {"team": "web"}}


class FakeEngine:
    """Networks by name, described as Docker does."""

    def __init__(self, *descriptions: Mapping[str, Any]) -> None:
        self.networks = {description["Name"]: description for description in descriptions}
        self.calls: list[str] = []
        self.busy = False

    def inspect(self, name: str) -> Mapping[str, Any] | None:
        return self.networks.get(name)

    def create(self, made: docker_networks.Network) -> None:
        self.calls.append(f"create {made.name}")
        self.networks[made.name] = {
            "Name": made.name,
            "Driver": made.driver,
            "EnableIPv6": made.ipv6,
            "Internal": made.internal,
            "IPAM": {"Driver": made.ipam_driver, "Config": [{"Subnet": subnet} for subnet in made.subnets]},
            "Labels": dict(made.labels),
            "Options": dict(made.options),
        }

    def remove(self, name: str) -> None:
        if self.busy:
            raise docker_sdk.EngineError(f"Docker could not remove network {name}: active endpoints")
        self.calls.append(f"remove {name}")
        del self.networks[name]


@pytest.fixture
def run(answer_of: Run) -> Run:
    return lambda engine, **options: answer_of(lambda: network.main(lambda _host: engine), **options)


def test_a_network_comes_and_goes(run: Run) -> None:
    engine = FakeEngine()
    assert run(engine, check_mode=True, **WANTED)["changed"]
    assert engine.calls == []
    first = run(engine, **WANTED)
    assert first["changed"]
    assert first["network"] == {
        "name": "frontend",
        "driver": "calico",
        "ipam_driver": "calico",
        "ipv6": True,
        "internal": False,
        "subnets": ["fd66::/64"],
        "labels": {"team": "web"},
        "options": {},
    }
    assert not run(engine, **WANTED)["changed"]
    assert run(engine, name="frontend", state="absent")["changed"]
    assert not run(engine, name="frontend", state="absent")["changed"]
    assert engine.calls == ["create frontend", "remove frontend"]


def test_what_docker_describes_is_recognised(run: Run) -> None:
    assert not run(FakeEngine(DESCRIPTION), **WANTED)["changed"]


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        pytest.param({"internal": True}, ["internal"], id="internal"),
        pytest.param({"subnets": []}, ["subnets"], id="another pool"),
        pytest.param({"labels": {"team": "db"}, "options": {"a": True}}, ["labels", "options"], id="labels, options"),
        pytest.param({"ipv6": False, "subnets": []}, ["ipv6", "subnets"], id="no IPv6"),
    ],
)
def test_what_differs_is_told_or_made_anew(run: Run, options: dict[str, Any], fields: list[str]) -> None:
    engine = FakeEngine(DESCRIPTION)
    answer = run(engine, **{**WANTED, **options})
    assert [problem["field"] for problem in answer["problems"]] == fields
    assert engine.calls == []
    assert run(engine, **{**WANTED, **options}, force=True)["changed"]
    assert engine.calls == ["remove frontend", "create frontend"]
    assert not run(engine, **{**WANTED, **options})["changed"]


def test_a_network_of_another_driver_is_taken_over_by_force_only(run: Run) -> None:
    bridge = {**DESCRIPTION, "Driver": "bridge", "IPAM": {"Driver": "default", "Config": [{"Subnet": "fd66::/64"}]}}
    engine = FakeEngine(bridge)
    answer = run(engine, **WANTED)
    assert [problem["field"] for problem in answer["problems"]] == ["driver", "ipam_driver"]
    assert engine.calls == []
    assert run(engine, force=True, **WANTED)["network"]["driver"] == "calico"
    assert engine.calls == ["remove frontend", "create frontend"]


@pytest.mark.parametrize("driver", ["bridge", "calico-swarm:latest"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_network_of_another_driver_is_not_removed(run: Run, driver: str, *, check_mode: bool) -> None:
    engine = FakeEngine({**DESCRIPTION, "Driver": driver})
    answer = run(engine, name="frontend", state="absent", check_mode=check_mode)
    assert answer["failed"]
    assert answer["msg"].startswith(
        f"name: 'frontend' is refused: the network of this name has driver {driver}, and only"
    )
    assert answer["msg"].endswith("or run docker network rm frontend")
    assert engine.calls == []


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        pytest.param({"name": "front_end"}, ["name"], id="a name that no profile can have"),
        pytest.param({"subnets": ["10.0.0.1/8", "x"]}, ["subnets[0]", "subnets[1]"], id="no networks"),
        pytest.param({"subnets": ["fd66::/64"]}, ["ipv6"], id="an IPv6 pool without IPv6"),
        pytest.param({"subnets": ["10.0.0.0/8", "10.65.0.0/16"]}, ["subnets"], id="two pools of one version"),
    ],
)
def test_bad_input_is_refused_before_docker_is_asked(run: Run, options: dict[str, Any], fields: list[str]) -> None:
    engine = FakeEngine()
    answer = run(engine, **{"name": "frontend", **options})
    assert [problem["field"] for problem in answer["problems"]] == fields
    assert engine.networks == {}


def test_what_docker_refuses_is_told(run: Run) -> None:
    engine = FakeEngine(DESCRIPTION)
    engine.busy = True
    answer = run(engine, name="frontend", state="absent")
    assert answer["msg"] == "Docker could not remove network frontend: active endpoints"
