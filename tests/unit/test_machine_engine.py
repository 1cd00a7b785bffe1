"""Which engine of a machine the lab uses: scripts/lib.sh, asked with a docker command that answers as the test says."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
USUAL = "unix:///var/run/docker.sock"
DOCKER = f"""#!/bin/sh
case $1 in
context) echo "${{DOCKER_HOST:-{USUAL}}}" ;;
version) exit "$RETURNS" ;;
info) echo "[name=seccomp,profile=default $OPTIONS]" ;;
esac
"""


@pytest.fixture
def commands(tmp_path: pathlib.Path) -> pathlib.Path:
    command = tmp_path / "docker"
    command.write_text(DOCKER)
    command.chmod(0o755)
    return tmp_path


def asked(commands: pathlib.Path, **environ: str) -> str:
    """Return the address that machine_engine prints, or "no engine" where it fails."""
    environment = {"PATH": f"{commands}:/usr/bin:/bin", "RETURNS": "0", "OPTIONS": ""} | environ
    script = '. scripts/lib.sh; machine_engine || echo "no engine"'
    return subprocess.run(
        ["sh", "-euc", script], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_usual_socket_is_the_machines_engine(commands: pathlib.Path) -> None:
    assert asked(commands) == USUAL


def test_another_socket_of_the_machine_is_used(commands: pathlib.Path) -> None:
    assert asked(commands, DOCKER_HOST="unix:///srv/docker.sock") == "unix:///srv/docker.sock"


def test_an_engine_of_ours_in_the_environment_is_not_the_machines(commands: pathlib.Path) -> None:
    assert asked(commands, DOCKER_HOST="unix:///run/calico-lab/0123abcd-lab/docker.sock") == USUAL


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({"RETURNS": "1"}, id="does not answer"),
        pytest.param({"DOCKER_HOST": "tcp://192.0.2.1:2376"}, id="another machine"),
        pytest.param({"DOCKER_HOST": "ssh://root@192.0.2.1"}, id="another machine by ssh"),
        pytest.param({"OPTIONS": "name=rootless"}, id="rootless"),
        pytest.param({"CALICO_ENGINE": "own"}, id="left alone on request"),
    ],
)
def test_an_engine_that_the_lab_cannot_use_is_left_alone(commands: pathlib.Path, environ: dict[str, str]) -> None:
    assert asked(commands, **environ) == "no engine"
