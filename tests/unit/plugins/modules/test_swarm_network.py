"""A swarm's network comes and goes on managers and workers; what Docker cannot change is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import docker_networks, docker_sdk, swarm_networks
from ansible_collections.calico.docker.plugins.modules import swarm_network

from .conftest import RunModule as Run

WANTED = {"name": "shop", "ipv6": True, "subnets": ["fd66::/64"], "labels": {"team": "web"}}


class FakeEngine:
    """An engine's networks by name, described as Docker does."""

    def __init__(self, *, manager: bool | None) -> None:
        self.networks: dict[str, Mapping[str, Any]] = {}
        self.calls: list[str] = []
        self.manager = manager
        self.rival = False  # another manager makes the network at the same time
        self.busy = False

    def is_manager(self) -> bool | None:
        return self.manager

    def network(self, name: str) -> Mapping[str, Any] | None:
        return self.networks.get(name)

    def create_config(self, made: docker_networks.Network) -> None:
        self.calls.append(f"create {made.name}")
        self.networks[made.name] = {
            "Name": made.name,
            "Scope": "local",
            "Driver": "null",
            "ConfigOnly": True,
            "EnableIPv6": made.ipv6,
            "Internal": False,
            "IPAM": {"Driver": made.ipam_driver, "Config": [{"Subnet": subnet} for subnet in made.subnets]},
            "Labels": dict(made.labels),
            "Options": dict(made.options),
        }

    def create_network(self, made: swarm_networks.Network) -> bool:
        self.calls.append(f"create {made.name}")
        self.networks[made.name] = described(made.name, Attachable=made.attachable, Internal=made.internal)
        return not self.rival

    def remove_network(self, name: str) -> None:
        if self.busy:
            raise docker_sdk.EngineError(f"Docker could not remove network {name}: is in use by service web")
        self.calls.append(f"remove {name}")
        del self.networks[name]


def described(name: str, **others: Any) -> dict[str, Any]:
    """What Docker says of a network of a swarm, before its first task as after."""
    return {
        "Name": name,
        "Scope": "swarm",
        "Driver": "calico-swarm:latest",
        "ConfigFrom": {"Network": f"{name}.config"},
        "ConfigOnly": False,
        "Attachable": True,
        "Internal": False,
        "IPAM": {"Driver": "", "Config": []},
        **others,
    }


@pytest.fixture
def run(answer_of: Run) -> Run:
    return lambda engine, **options: answer_of(lambda: swarm_network.main(lambda _host: engine), **options)


@pytest.mark.parametrize(
    ("manager", "parts"),
    [
        pytest.param(True, ["shop.config", "shop"], id="manager"),
        pytest.param(False, ["shop.config"], id="worker"),
    ],
)
def test_a_network_comes_and_goes(run: Run, manager: bool, parts: list[str]) -> None:
    engine = FakeEngine(manager=manager)
    predicted = run(engine, check_mode=True, **WANTED)
    assert engine.calls == []
    made = run(engine, **WANTED)
    assert made["changed"]
    assert made["network"] == predicted["network"]
    assert made["network"]["config"] == {
        "name": "shop.config",
        "driver": "null",
        "ipam_driver": "calico-swarm:latest",
        "ipv6": True,
        "internal": False,
        "subnets": ["fd66::/64"],
        "labels": {"team": "web"},
        "options": {},
    }
    assert bool(made["network"]["network"]) is manager
    assert not run(engine, **WANTED)["changed"]
    assert run(engine, name="shop", state="absent")["changed"]
    assert not run(engine, name="shop", state="absent")["changed"]
    assert engine.calls == [f"create {name}" for name in parts] + [f"remove {name}" for name in reversed(parts)]


def test_a_worker_with_a_task_leaves_the_network_to_managers(run: Run) -> None:
    engine = FakeEngine(manager=False)
    run(engine, **WANTED)
    engine.networks["shop"] = described("shop")
    assert not run(engine, **WANTED)["changed"]
    assert run(engine, name="shop", state="absent")["changed"]
    assert engine.calls == ["create shop.config", "remove shop.config"]
    assert not run(engine, name="shop", state="absent")["changed"]


def test_of_two_managers_at_once_one_makes_it(run: Run) -> None:
    engine = FakeEngine(manager=True)
    run(engine, **WANTED)
    del engine.networks["shop"]
    engine.rival = True
    assert not run(engine, **WANTED)["changed"]


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        pytest.param({"internal": True, "attachable": False}, ["attachable", "internal"], id="the network"),
        pytest.param({"subnets": []}, ["subnets"], id="another pool"),
        pytest.param({"ipv6": False, "subnets": [], "labels": {}}, ["ipv6", "subnets", "labels"], id="the settings"),
    ],
)
def test_what_differs_is_told(run: Run, options: dict[str, Any], fields: list[str]) -> None:
    engine = FakeEngine(manager=True)
    run(engine, **WANTED)
    answer = run(engine, **{**WANTED, **options})
    assert [problem["field"] for problem in answer["problems"]] == fields
    assert len(engine.calls) == 2


@pytest.mark.parametrize("manager", [True, False])
def test_a_network_of_one_host_is_not_taken_for_the_swarms(run: Run, manager: bool) -> None:
    engine = FakeEngine(manager=manager)
    engine.networks["shop"] = described("shop", Scope="local", Driver="calico", ConfigFrom={"Network": ""})
    answer = run(engine, **WANTED)
    assert [problem["field"] for problem in answer["problems"]] == ["config_from", "scope", "driver"]
    assert engine.calls == []


def test_settings_under_a_network_that_carries_containers_are_refused(run: Run) -> None:
    engine = FakeEngine(manager=True)
    engine.networks["shop.config"] = described("shop.config")
    assert "not one of settings only" in run(engine, **WANTED)["msg"]


SETTINGS = described("shop.config", Driver="null", ConfigOnly=True, IPAM={"Driver": "calico-swarm:latest"})
LEAVE = {"name": "shop", "state": "absent"}


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("networks", "name", "driver"),
    [
        pytest.param([described("shop", Driver="overlay"), SETTINGS], "shop", "overlay", id="another's network"),
        pytest.param([described("shop", Driver="calico")], "shop", "calico", id="a host's own"),
        pytest.param(
            [described("shop"), {**SETTINGS, "IPAM": {"Driver": "default"}}], "shop.config", "default", id="settings"
        ),
    ],
)
def test_what_is_of_another_driver_is_not_removed(
    run: Run, networks: list[dict[str, Any]], name: str, driver: str, *, check_mode: bool
) -> None:
    engine = FakeEngine(manager=True)
    engine.networks.update({one["Name"]: one for one in networks})
    answer = run(engine, check_mode=check_mode, **LEAVE)
    assert answer["failed"]
    assert answer["msg"].startswith(
        f"name: '{name}' is refused: the network of this name has driver {driver}, and only"
    )
    assert engine.calls == []


def test_a_worker_leaves_the_network_of_another_driver_alone(run: Run) -> None:
    engine = FakeEngine(manager=False)
    engine.networks["shop"] = described("shop", Scope="local", Driver="bridge")
    assert not run(engine, **LEAVE)["changed"]
    engine.networks["shop.config"] = SETTINGS
    assert run(engine, **LEAVE)["changed"]
    assert engine.calls == ["remove shop.config"]


def test_a_host_outside_of_a_swarm_is_told(run: Run) -> None:
    engine = FakeEngine(manager=None)
    assert "docker swarm init" in run(engine, **WANTED)["msg"]
    engine.networks["shop.config"] = SETTINGS
    assert run(engine, name="shop", state="absent")["changed"]


def test_bad_input_is_refused_before_docker_is_asked(run: Run) -> None:
    engine = FakeEngine(manager=True)
    answer = run(engine, name="Shop_1", subnets=["10.0.0.1/8"])
    assert [problem["field"] for problem in answer["problems"]] == ["name", "subnets[0]"]
    assert engine.calls == []


def test_what_docker_refuses_is_told(run: Run) -> None:
    engine = FakeEngine(manager=True)
    run(engine, **WANTED)
    engine.busy = True
    assert run(engine, name="shop", state="absent")["msg"].endswith("is in use by service web")
