"""What the network costs Docker: containers' starts beside Docker's bridge, the plugin's own time, addresses a second.

python3 -m tests.benchmarks.docker SAMPLES ROUNDS RELEASES    in the image of tests/engines (make bench-docker)
"""

from __future__ import annotations

import concurrent.futures
import functools
import json
import pathlib
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from tests.benchmarks import addresses
from tests.engines.hosts import VERSIONS, Host
from tests.engines.sites import Site

CROWD, CROWD_ROUNDS, NEWEST = 50, 3, "sid"
# A container's network: what bridge has (IPv4) and both families. `none` is what the engine itself takes.
NETWORKS = {"calico": "four", "calico_dual_stack": "frontend", "bridge": "bridge", "none": "none"}
Samples = dict[str, list[float]]


def main(result: pathlib.Path, rounds: int, releases: Sequence[str]) -> None:
    samples: Samples = {}
    for release in releases:
        samples |= of_release(release, rounds)
    samples |= {f"{figure.name} ({figure.unit})": list(figure.samples) for figure in addresses.measured()}
    result.write_text(json.dumps(samples, indent=2) + "\n")


def of_release(release: str, rounds: int) -> Samples:
    """Starts on each network, in turn; of the newest engine also a crowd's, and the plugin's part in them."""
    version = VERSIONS[release]
    with _site(release, recorded=False) as site:
        host = site.host(1)
        host.network("four")
        found = {f"run_{name}_{version}": times for name, times in _runs(host, rounds).items()}
        if release == NEWEST:
            found |= _crowds(host)
    if release == NEWEST:
        with _site(release, recorded=True) as site:
            found |= _calls(site.host(1), rounds)
    return found


def _site(release: str, *, recorded: bool) -> Site:
    return Site(pathlib.Path(tempfile.mkdtemp()), release, recorded=recorded)


def _runs(host: Host, rounds: int) -> Samples:
    """Seconds of ``docker run --rm``; the networks take turns, so that whatever else goes on meets all of them."""
    found: Samples = defaultdict(list)
    for number in range(rounds + 1):
        for name, network in NETWORKS.items():
            seconds = _timed(functools.partial(host.docker, *_short(network)))
            if number:  # the first reads the image
                found[name].append(seconds)
    return found


def _short(network: str) -> tuple[str, ...]:
    return "run", "--rm", f"--network={network}", "--entrypoint=/bin/true", "probe"


def _crowds(host: Host) -> Samples:
    """Seconds until as many containers as are asked for at once run, on our network and on the bridge in turn."""
    found: Samples = defaultdict(list)
    for _round in range(CROWD_ROUNDS):
        for name in ("calico", "bridge"):
            found[f"crowd_{name}"].append(_crowd(host, NETWORKS[name]))
    return found


def _crowd(host: Host, network: str) -> float:
    with concurrent.futures.ThreadPoolExecutor(CROWD) as pool:
        words = ("run", "--detach", f"--network={network}", "probe")
        seconds = _timed(lambda: list(pool.map(lambda _number: host.docker(*words, seconds=300), range(CROWD))))
    host.docker("rm", "--force", *host.docker("ps", "--quiet").split(), seconds=300)
    return seconds


def _calls(host: Host, rounds: int) -> Samples:
    """Milliseconds that the plugin takes for each call of containers that come and go, one by one."""
    assert host.recorder is not None
    for _round in range(5 * rounds):
        host.docker(*_short("frontend"))
    found: Samples = defaultdict(list)
    for call in host.recorder.calls:
        found[f"call_{call.name} (ms)"].append(1000 * call.seconds)
    return {name: times for name, times in found.items() if len(times) >= rounds}


def _timed(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(","))
