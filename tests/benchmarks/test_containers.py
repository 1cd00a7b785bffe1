"""What a network costs a container's start: ``docker run --rm`` on a calico network, on Docker's bridge, on none."""

from __future__ import annotations

import time

import pytest

from tests.benchmarks.conftest import Record
from tests.benchmarks.figures import SAMPLES
from tests.lab import hosts

HOST = "rack1-host1"


@pytest.mark.parametrize("network", ["frontend", "bridge", "none"])
def test_docker_run(network: str, record: Record) -> None:
    command = f"docker run --rm --network {network} --entrypoint /bin/true probe"
    hosts.must(HOST, command)  # the first run reads the image
    record(f"docker run --rm, network {network}", "s", [_seconds(command) for _ in range(SAMPLES)])


def _seconds(command: str) -> float:
    """By the host's own clock: the way into the lab does not count."""
    begun = time.monotonic()
    inside = f"begun=$(date +%s%N); {command}; echo $(($(date +%s%N) - begun))"
    nanoseconds = int(hosts.must(HOST, inside).splitlines()[-1])
    assert nanoseconds / 1e9 <= time.monotonic() - begun
    return nanoseconds / 1e9
