"""The swarm's plugin is what its files are; a stranger's of its name stays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.modules import swarm_plugin

from .conftest import Answer
from .conftest import RunModule as Run

ROOT = Path(__file__).parents[4]
NAME = "calico-swarm"


class FakeEngine:
    """Plugins as Docker keeps them: a configuration, and whether they are enabled; and the networks that use them."""

    def __init__(self) -> None:
        self.plugins: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.networks: tuple[str, ...] = ()

    def plugin(self, name: str) -> Mapping[str, Any] | None:
        return self.plugins.get(name)

    def create_plugin(self, name: str, directory: Path) -> None:
        self.calls.append("create")
        config = json.loads((directory / "config.json").read_text())
        assert (directory / "rootfs" / "bin" / "plugin").stat().st_mode & 0o111
        variables = [{"Name": variable["name"], "Value": variable["value"]} for variable in config["env"]]
        self.plugins[name] = {"Config": {"Env": variables}, "Enabled": False}

    def enable_plugin(self, name: str) -> None:
        self.calls.append("enable")
        self.plugins[name]["Enabled"] = True

    def remove_plugin(self, name: str) -> None:
        self.calls.append("remove")
        del self.plugins[name]

    def networks_of(self, driver: str) -> tuple[str, ...]:
        assert driver == f"{NAME}:latest"
        return self.networks


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """What the image brings, without BusyBox, which is a package."""
    source = ROOT / "images/node/rootfs/usr/lib/calico/swarm"
    for path in (source / "config.json", source / "rootfs/bin/plugin"):
        copy = tmp_path / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
        copy.chmod(path.stat().st_mode)
    return tmp_path


@pytest.fixture
def run(engine: FakeEngine, files: Path, answer_of: Run) -> Run:
    def call(**options: Any) -> Answer:
        return answer_of(lambda: swarm_plugin.main(lambda _host: engine), **{"directory": str(files), **options})

    return call


def test_the_plugin_comes_and_goes(run: Run, engine: FakeEngine) -> None:
    assert run(check_mode=True)["changed"]
    assert engine.calls == []
    first = run()
    assert first["changed"]
    assert first["driver"] == "calico-swarm:latest"
    assert not run()["changed"]
    assert run(state="absent", check_mode=True)["changed"]
    assert run(state="absent")["changed"]
    assert not run(state="absent")["changed"]
    assert engine.calls == ["create", "enable", "remove"]


def test_a_disabled_plugin_is_enabled(run: Run, engine: FakeEngine) -> None:
    run()
    engine.plugins[NAME]["Enabled"] = False
    assert run()["changed"]
    assert engine.calls == ["create", "enable", "enable"]


@pytest.mark.parametrize("change", ["content", "mode"])
def test_a_plugin_of_other_files_is_replaced_while_it_is_used(
    run: Run, engine: FakeEngine, files: Path, change: str
) -> None:
    run()
    engine.networks = ("shop.config", "shop")
    script = files / "rootfs/bin/plugin"
    if change == "content":
        script.write_text(script.read_text() + "# newer\n")
    else:
        script.chmod(0o700)
    assert run()["changed"]
    assert not run()["changed"]
    assert engine.calls == ["create", "enable", "remove", "create", "enable"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_plugin_of_networks_stays(run: Run, engine: FakeEngine, check_mode: bool) -> None:
    run()
    engine.networks = ("shop.config", "shop")
    assert "remove them first: shop.config, shop" in run(state="absent", check_mode=check_mode)["msg"]
    assert engine.plugins[NAME]["Enabled"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_strangers_plugin_stays(run: Run, engine: FakeEngine, state: str) -> None:
    engine.plugins[NAME] = {"Config": {"Env": [{"Name": "PATH", "Value": "/bin"}]}, "Enabled": True}
    assert "not this collection's" in run(state=state)["msg"]
    assert engine.calls == []


def test_a_directory_without_plugin_is_told(run: Run, engine: FakeEngine, tmp_path: Path) -> None:
    answer = run(directory=str(tmp_path / "none"))
    assert [problem["field"] for problem in answer["problems"]] == ["directory"]
    assert engine.calls == []
