"""What the network costs packets: between containers of two hosts against between these hosts themselves.

The host's iperf3 and ping run in the network namespaces of the containers, whose image needs neither.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections.abc import Iterator

import pytest

from tests.benchmarks.conftest import Record
from tests.benchmarks.figures import SAMPLES
from tests.lab import hosts

SECONDS, PINGS = 3, 100
_PIDFILE = "/run/bench-iperf3.pid"
_RTT = re.compile(r"= [0-9.]+/([0-9.]+)/")


@dataclasses.dataclass(frozen=True, slots=True)
class End:
    """One end of the traffic: a host, a container on it or none, the address by version."""

    host: str
    container: str | None
    addresses: dict[int, str]

    def command(self, words: str) -> str:
        if self.container is None:
            return words
        return f"nsenter --net --target $(docker inspect --format '{{{{.State.Pid}}}}' {self.container}) {words}"


# Containers of molecule/lab/workload.yml and the hosts they are on: one pair in a rack, one across the router.
PAIRS = (("in a rack", "web1", "web3"), ("across racks", "web1", "web4"))


def of_container(name: str) -> End:
    host = hosts.host_of(name)
    return End(host, name, hosts.addresses(host, name))


def of_host(name: str) -> End:
    """The host of a container, by its address in the rack's networks."""
    host = hosts.host_of(name)
    listed = json.loads(hosts.must(host, "ip -json address show scope global dev eth0"))[0]["addr_info"]
    return End(host, None, {6 if item["family"] == "inet6" else 4: item["local"] for item in listed if item})


def ends() -> Iterator[tuple[str, End, End]]:
    for place, near, far in PAIRS:
        yield f"containers {place}", of_container(near), of_container(far)
        yield f"hosts {place}", of_host(near), of_host(far)


@pytest.mark.parametrize("version", [4, 6])
def test_throughput(version: int, record: Record) -> None:
    for title, near, far in ends():
        with _serving(far):
            samples = [_gigabits(near, far.addresses[version]) for _ in range(SAMPLES)]
        record(f"iperf3, {title}, IPv{version}", "Gbit/s", samples)


@pytest.mark.parametrize("version", [4, 6])
def test_round_trip(version: int, record: Record) -> None:
    for title, near, far in ends():
        samples = [_milliseconds(near, far.addresses[version]) for _ in range(SAMPLES)]
        record(f"ping, {title}, IPv{version}", "ms", samples)


@contextlib.contextmanager
def _serving(end: End) -> Iterator[None]:
    """An iperf3 server that listens."""
    hosts.must(end.host, end.command(f"iperf3 --server --daemon --pidfile {_PIDFILE}"))
    try:
        hosts.eventually(end.host, end.command("ss -Htln 'sport = :5201' | grep -q 5201"))
        yield
    finally:
        hosts.must(end.host, f"kill $(tr -d '\\0' <{_PIDFILE})")


def _gigabits(near: End, address: str) -> float:
    client = f"iperf3 --json --time {SECONDS} --client {address}"
    answer = json.loads(hosts.must(near.host, near.command(client)))
    return float(answer["end"]["sum_received"]["bits_per_second"]) / 1e9


def _milliseconds(near: End, address: str) -> float:
    text = hosts.must(near.host, near.command(f"ping -q -n -c {PINGS} -i 0.01 {address}"))
    found = _RTT.search(text)
    assert found, text
    return float(found[1])
