"""How fast addresses are handed out, by one host and by eight at once, with an etcd of its own on loopback.

python3 -m tests.benchmarks.addresses DIRECTORY      inside the test image; keeps its figures in there (make bench-ipam)
"""

from __future__ import annotations

import itertools
import multiprocessing
import multiprocessing.pool
import pathlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store
from calico_node.ipam import allocate
from tests.benchmarks import figures
from tests.fakes import cluster
from tests.netns import etcds

HOSTS, EACH, ROUNDS = 8, 100, 5
Sample = tuple[float, float, list[float]]  # start and end on the machine's clock, milliseconds of each call


def main(directory: pathlib.Path) -> None:
    """Every figure, kept and shown."""
    found = list(measured())
    for figure in found:
        figure.keep(directory)
    sys.stdout.write(figures.table(found) + "\n")


def measured() -> Iterator[figures.Figure]:
    """Rate and time of each call, of every way."""
    with multiprocessing.get_context("spawn").Pool(HOSTS) as pool:
        alone = _rounds(pool, hosts=1, block_size=26)
        together = _rounds(pool, hosts=HOSTS, block_size=26)
        # One block for all: each call meets the others'.
        crowded = _rounds(pool, hosts=HOSTS, block_size=20)
    for name, rounds in (("one host", alone), ("8 hosts", together), ("8 hosts in one block", crowded)):
        yield figures.Figure(f"addresses handed out by {name}", "1/s", tuple(map(_rate, rounds)))
        yield figures.Figure(f"RequestAddress of {name}, p50", "ms", tuple(_share(one, 0.5) for one in rounds))
        yield figures.Figure(f"RequestAddress of {name}, p99", "ms", tuple(_share(one, 0.99) for one in rounds))


def _rounds(pool: multiprocessing.pool.Pool, *, hosts: int, block_size: int) -> list[list[Sample]]:
    return [_round(pool.starmap, [f"host{number}" for number in range(hosts)], block_size) for _time in range(ROUNDS)]


def _round(starmap: Callable[..., list[Sample]], hosts: list[str], block_size: int) -> list[Sample]:
    with tempfile.TemporaryDirectory() as directory:
        member = etcds.Member(pathlib.Path(directory), "m0")
        with etcds.running(member):
            _prepare(member.url, hosts, {"cidr": "10.64.0.0/20", "blockSize": block_size})
            return starmap(_take, [(member.url, host) for host in hosts], 1)


def _prepare(url: str, hosts: list[str], pool: dict[str, Any]) -> None:
    with store.open(store.Config(endpoints=(url,))) as opened:
        for key, document in cluster.records({"p1": pool}, hosts=hosts).items():
            opened.commit({key: document})


def _take(url: str, host: str) -> Sample:
    with store.open(store.Config(endpoints=(url,), timeout=30)) as opened:
        allocator = allocate.Allocator(opened, host, patience=60)
        allocator.assign(allocate.Wish(4))  # the connection, and the first block
        times = [time.monotonic()]
        for _time in range(EACH):
            allocator.assign(allocate.Wish(4))
            times.append(time.monotonic())
    return times[0], times[-1], [1000 * (after - before) for before, after in itertools.pairwise(times)]


def _rate(samples: list[Sample]) -> float:
    """All addresses by the time from the first start to the last end."""
    first, last = min(start for start, _end, _calls in samples), max(end for _start, end, _calls in samples)
    return len(samples) * EACH / (last - first)


def _share(samples: list[Sample], part: float) -> float:
    calls = sorted(call for _start, _end, found in samples for call in found)
    return calls[int(part * (len(calls) - 1))]


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
