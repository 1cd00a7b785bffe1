"""How long BIRD's configuration takes with many nodes: made by the agent, checked and taken over by BIRD.

python3 -m tests.benchmarks.fabric DIRECTORY      inside the test image; writes fabric.json in there (make bench-fabric)
"""

from __future__ import annotations

import functools
import itertools
import json
import pathlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot
from calico_node.calc import bgp
from calico_node.render import bird as bird_text
from tests.golden import stores
from tests.netns import reflectors, routers
from tests.netns.birds import Host
from tests.netns.namespaces import World
from tests.netns.test_bird_scale import in_the_kernel
from tests.netns.waiting import until

NODES, PEERS, ROUTES, ROUNDS = (10, 100, 1000), 200, 1000, 5
Figures = Iterator[tuple[str, list[float]]]


def main(directory: pathlib.Path) -> None:
    """Every figure, beside those of other parts that are in the file already."""
    path = directory / "fabric.json"
    document: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for name, samples in (*_of_a_mesh(), *_of_a_reflector(), *_of_a_router()):
        document[name] = {"median_ms": statistics.median(samples), "samples_ms": samples}
        sys.stdout.write(f"{name:<36}{statistics.median(samples):>10.1f} ms\n")
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")


def _of_a_mesh() -> Figures:
    """Render: from the snapshot to the text. Reload: a node joins or leaves, until BIRD has taken it over."""
    for count in NODES:
        snapshots = [stores.snapshot(_mesh(count + more)) for more in (0, 1)]
        yield f"render_{count}_nodes", _timed(functools.partial(_text, snapshots[0]))
        yield f"reload_{count}_nodes", _reloads([_text(snapshot) for snapshot in snapshots])


def _text(snapshot: Snapshot) -> str:
    return bird_text.render(bgp.configuration(snapshot, "n0"))


def _reloads(texts: list[str]) -> list[float]:
    with World() as world, tempfile.TemporaryDirectory() as directory:
        host = Host(world, "n0", pathlib.Path(directory))
        world.rack(host.space)
        host.space.address("eth0", "172.31.0.1/16", "fd31::1/64")
        host.bird.driver.apply(texts[0])
        host.bird.start()
        host.bird.driver.apply(texts[0])
        turns = itertools.cycle(reversed(texts))
        return _timed(lambda: host.bird.driver.apply(next(turns)))


def _of_a_reflector() -> Figures:
    """A change at one of the peers."""
    with tempfile.TemporaryDirectory() as directory, reflectors.reflection(pathlib.Path(directory), PEERS) as made:
        until(made.established, lambda found: found == PEERS, seconds=120)
        turns = iter(range(1, 2 * ROUNDS))
        yield (
            f"reload_reflector_{PEERS}_peers",
            _timed(lambda: made.configure({0: {"calico.docker/import-limit": str(next(turns))}})),
        )


def _of_a_router() -> Figures:
    """Routes from outside, from the session's begin to the kernel."""
    with tempfile.TemporaryDirectory() as directory, routers.rack(pathlib.Path(directory), 254) as rack:
        rack.routers[254].configure(*(f"100.{64 + number // 256}.{number % 256}.0/24" for number in range(ROUTES)))
        samples = []
        for _round in range(ROUNDS):
            rack.configure()
            until(lambda: in_the_kernel(rack) == 0)
            rack.configure(*routers.peers(254))
            until(rack.host.bird.established)
            samples += _timed(lambda: until(lambda: in_the_kernel(rack) == ROUTES, seconds=60), rounds=1)
        yield f"established_to_kernel_{ROUTES}_routes", samples


def _timed(action: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    samples = []
    for _round in range(rounds):
        start = time.monotonic()
        action()
        samples.append(1000 * (time.monotonic() - start))
    return samples


def _mesh(count: int) -> dict[str, Any]:
    nodes = [
        {
            "kind": "Node",
            "metadata": {"name": f"n{number}"},
            "spec": {
                "bgp": {
                    "ipv4Address": f"172.31.{number // 250}.{number % 250 + 1}/16",
                    "ipv6Address": f"fd31::{number + 1:x}/64",
                }
            },
        }
        for number in range(count)
    ]
    return {"resources": [*routers.POOLS, *nodes], "affinities": {"n0": ["10.65.0.0/26", "fd65::/122"]}}


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
