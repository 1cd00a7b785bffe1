"""Whether packets get slower by what else is programmed: two containers of a host that has little more, or a lot more.

Both hosts stand at the same time and are measured in turn, so that each pair of measurements has the same machine. The
agents have done their work by then and are gone: what they programmed stays.
"""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import IO

from tests.benchmarks.agent import machine, population
from tests.benchmarks.agent.bench import Bench, Samples, bench
from tests.netns.namespaces import Namespace, World
from tests.netns.waiting import until
from tests.states import records

PAIRS = 20
KINDS = {"throughput": "throughput_ratio_10000", "connections": "connections_ratio_10000"}
_PROGRAM = (sys.executable, "-m", "tests.benchmarks.agent.flows")
_SERVER, _CLIENT = population.PAIR


class Host:
    """The other process that is a host, by its standard input and output."""

    def __init__(self, size: str, code: pathlib.Path) -> None:
        command = ["unshare", "--net", sys.executable, "-m", __spec__.name, size, str(code)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin
        assert self._process.stdout
        self._asks: IO[str] = self._process.stdin
        self._answers: IO[str] = self._process.stdout
        assert self._answers.readline() == "ready\n"

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *_failure: object) -> None:
        self._asks.close()
        self._process.wait()

    def measure(self, kind: str, version: int) -> float:
        self._asks.write(f"{kind} {version}\n")
        self._asks.flush()
        return float(self._answers.readline())


def compare(code: pathlib.Path) -> Samples:
    """How the host of many does against that of few, pair by pair, over both IP versions."""
    with Host("few", code) as few, Host("many", code) as many:
        return {
            figure: {"ratio": [_ratio(kind, few, many, number) for number in range(PAIRS)]}
            for kind, figure in KINDS.items()
        }


def _ratio(kind: str, few: Host, many: Host, number: int) -> float:
    hosts = (few, many) if number % 4 < 2 else (many, few)
    measured = {host: host.measure(kind, 4 if number % 2 else 6) for host in hosts}
    return measured[many] / measured[few]


def main(size: str, code: pathlib.Path) -> None:
    """Be one of the hosts until there is nothing more to measure."""
    with World() as world:
        with bench(code, ()) as here:
            spaces = {number: _container(world, number) for number in population.PAIR}
            _program(here, size)
        with _serving(spaces[_SERVER]):
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            for line in sys.stdin:
                kind, version = line.split()
                address = records.default_addresses(_SERVER)[version == "6"]
                sys.stdout.write(spaces[_CLIENT].run(*_PROGRAM, kind, address))
                sys.stdout.flush()


def _program(here: Bench, size: str) -> None:
    local = population.PAIR
    if size == "many":
        local = (*local, *population.OTHERS)
        machine.cable(population.OTHERS)
    here.store.fill(population.few() if size == "few" else population.many())
    with here.agent():
        here.kernel.await_all(value for number in local for value in machine.programmed(number))


def _container(world: World, number: int) -> Namespace:
    """A container with its cable to this host."""
    space = world.space(f"c{number}")
    machine.cable([number], space.name)
    four, six = records.default_addresses(number)
    space.address("eth0", f"{four}/32", f"{six}/128")
    space.ip("route add 169.254.1.1 dev eth0 scope link")
    space.ip("route add default via 169.254.1.1 dev eth0")
    space.ip("-6 route add default via fe80::ecee:eeff:feee:eeee dev eth0")
    return space


@contextlib.contextmanager
def _serving(space: Namespace) -> Iterator[None]:
    server = subprocess.Popen(space.command(*_PROGRAM, "serve"))
    try:
        until(lambda: "LISTEN" in space.run("ss", "-Htln"))
        yield
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
