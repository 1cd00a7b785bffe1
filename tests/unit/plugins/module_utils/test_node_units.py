"""When a service of the node is restarted, and why."""

import dataclasses
import pathlib
import subprocess
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils import node_units

FILE = "[Service]\nEnvironmentFile=/etc/calico/calico.env\n"
SETTINGS = {"NODENAME": "host1", "ETCD_ENDPOINTS": "http://172.31.1.11:2379"}
WANTED = node_units.Wanted(FILE, root=(1, 2), environment=SETTINGS)
RUNNING = node_units.Running(
    FILE, active=True, enabled=True, root=(1, 2), environment={**SETTINGS, "PATH": "/usr/bin", "INVOCATION_ID": "x"}
)


def test_a_service_that_runs_as_it_should_is_left_alone() -> None:
    assert node_units.restart_reason(RUNNING, WANTED) is None


@pytest.mark.parametrize(
    ("running", "reason"),
    [
        pytest.param({"active": False}, "does not run", id="stopped"),
        pytest.param({"file": None}, "its unit file changed", id="the file is gone"),
        pytest.param({"file": "[Service]\n"}, "its unit file changed", id="the file is another"),
        pytest.param({"stale": True}, "its unit file changed", id="systemd has not read the file"),
        pytest.param({"root": (1, 3)}, "runs from another image", id="after an upgrade"),
        pytest.param({"root": None}, "runs from another image", id="the root cannot be read"),
        pytest.param({"environment": {**SETTINGS, "NODENAME": "other"}}, "runs with other settings", id="a new value"),
        pytest.param({"environment": {"NODENAME": "host1"}}, "runs with other settings", id="a new setting"),
        pytest.param(
            {"environment": {**SETTINGS, "ETCD_USERNAME": "me"}}, "runs with other settings", id="a setting was removed"
        ),
    ],
)
def test_the_reason_is_what_runs(running: dict[str, Any], reason: str) -> None:
    assert node_units.restart_reason(dataclasses.replace(RUNNING, **running), WANTED) == reason


def test_settings_do_not_matter_to_a_unit_that_reads_none() -> None:
    bird = node_units.Wanted("[Service]\nType=exec\n", root=(1, 2), environment=SETTINGS)
    running = dataclasses.replace(RUNNING, file=bird.file, environment={})
    assert node_units.restart_reason(running, bird) is None


def test_the_unit_names_the_image_itself_and_not_the_link() -> None:
    unit = "[Service]\nRootDirectory=/images/current\nExecStart=/bin/x /images/current\n"
    assert node_units.pinned(unit, "/images/current", "/images/4f0c") == (
        "[Service]\nRootDirectory=/images/4f0c\nExecStart=/bin/x /images/current\n"
    )


@pytest.mark.parametrize("value", ["plain", "", "with space", 'quote " and \\ and $HOME and `id`', "x=y"])
def test_a_value_reads_the_same_here_and_in_a_shell(tmp_path: pathlib.Path, value: str) -> None:
    escaped = "".join(f"\\{letter}" if letter in '"\\`$' else letter for letter in value)
    file = tmp_path / "calico.env"
    file.write_text(f'# a comment\nETCD_PASSWORD="{escaped}"\n')
    assert node_units.parse_environment(file.read_text()) == {"ETCD_PASSWORD": value}
    shell = subprocess.run(
        ["sh", "-c", '. "$0"; printf %s "$ETCD_PASSWORD"', str(file)], check=True, capture_output=True, text=True
    )
    assert shell.stdout == value


def test_the_output_of_systemctl_show_is_read_by_unit() -> None:
    text = "MainPID=0\nId=calico-agent.service\nActiveState=inactive\n\nMainPID=7\nId=calico-bird.service\n"
    assert node_units.parse_show(text) == {
        "calico-agent": {"MainPID": "0", "Id": "calico-agent.service", "ActiveState": "inactive"},
        "calico-bird": {"MainPID": "7", "Id": "calico-bird.service"},
    }
