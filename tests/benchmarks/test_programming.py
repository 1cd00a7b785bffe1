"""From an endpoint's write to etcd until the kernel has its policy and route, beside 0, 100 and 500 others of the host.

Runs in the test image: a real etcd, the real agent, a kernel's network namespace of its own.
"""

from __future__ import annotations

import json
import pathlib
import subprocess

from tests.benchmarks.conftest import Record

ROOT = pathlib.Path(__file__).parents[2]
# As `make netns` does it.
ISOLATION = (
    "--network=none",
    "--cap-add=ALL",
    "--cap-drop=SYS_RESOURCE",
    *(f"--security-opt={option}=unconfined" for option in ("seccomp", "apparmor", "systempaths")),
)


def test_programming(record: Record) -> None:
    line = ["docker", "run", "--rm", *ISOLATION, f"--volume={ROOT}:/src:ro", "calico-node-test"]
    command = [*line, "python3", "-m", "tests.benchmarks.programming"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    for others, samples in json.loads(done.stdout).items():
        record(f"endpoint written until acknowledged by etcd, {others} others", "ms", samples["written"])
        record(f"endpoint written until programmed, {others} others", "ms", samples["programmed"])
