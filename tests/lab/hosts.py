"""The lab's machines and containers, and how to run a command on them."""

import dataclasses
import functools
import json
import os
import pathlib
import subprocess
import time

import yaml

INVENTORY = pathlib.Path(__file__).parents[2] / "molecule" / "inventory"
_RACKS = (1, 2)
# As molecule/inventory/more.
_A_RACK = int(os.environ.get("CALICO_LAB_HOSTS", "4")) // len(_RACKS)
HOSTS = tuple(f"rack{rack}-host{number}" for rack in _RACKS for number in range(1, _A_RACK + 1))
DATASTORE = ("rack1-host1", "rack1-host2", "rack2-host1")


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What a command said, both streams as one text."""

    code: int
    text: str


def run(host: str, command: str, *, timeout: float = 90) -> Answer:
    """Run a shell command on a host of the lab."""
    line = ["docker", "exec", host, "sh", "-c", f"({command}) 2>&1"]
    result = subprocess.run(line, capture_output=True, text=True, timeout=timeout, check=False)
    return Answer(result.returncode, (result.stdout + result.stderr).strip())


def must(host: str, command: str, *, timeout: float = 90) -> str:
    """Run a command that has to succeed."""
    answer = run(host, command, timeout=timeout)
    if answer.code != 0:
        raise AssertionError(f"{host}# {command}\n{answer.text}\nexit code {answer.code}")
    return answer.text


def eventually(host: str, command: str, *, patience: float = 30) -> str:
    """Run a command until it succeeds or the time is over; its output."""
    end = time.monotonic() + patience
    while run(host, command).code != 0 and time.monotonic() < end:
        time.sleep(0.2)
    return must(host, command)


@functools.cache
def containers() -> dict[str, dict[str, str]]:
    """The containers of molecule/lab/workload.yml: host and network by name."""
    variables = yaml.safe_load((INVENTORY / "group_vars" / "all.yml").read_text())
    found: dict[str, dict[str, str]] = variables["lab_containers"]
    return found


@functools.cache
def cgroup_version(host: str) -> int:
    """The version that a host runs on: the inventory's where this machine has both, else this machine's."""
    engine = ["docker", "info", "--format", "{{.CgroupVersion}}"]
    of_the_engine = int(subprocess.run(engine, capture_output=True, text=True, check=True).stdout)
    if of_the_engine == 2 or not pathlib.Path("/sys/fs/cgroup/unified/cgroup.procs").exists():
        return of_the_engine
    asked = ["ansible-inventory", f"--inventory={INVENTORY}", "--host", host]
    variables = json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
    return int(variables["lab_cgroup"])


def host_of(container: str) -> str:
    """The host that a container of the workload runs on."""
    return containers()[container]["host"]


def addresses(host: str, container: str) -> dict[int, str]:
    """The container's address of each IP version, as its host's engine tells."""
    answer = must(host, f"docker inspect --format '{{{{json .NetworkSettings.Networks}}}}' {container}")
    (network,) = json.loads(answer).values()
    return {4: network["IPAddress"], 6: network["GlobalIPv6Address"]}
