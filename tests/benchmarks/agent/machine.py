"""The Docker host of a benchmark: this process's network namespace, with the agent of some revision as a process."""

from __future__ import annotations

import collections
import contextlib
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence

from calico_node.agent import server
from tests.benchmarks.agent import kernel
from tests.benchmarks.agent.datastore import CLIENTS
from tests.states import records

NODE = "host1"
_TICK = os.sysconf("SC_CLK_TCK")
_LOOKS, _LOOK_SECONDS = 6, 0.02


class Agent:
    """The command calico-agent out of ``code``, a directory laid out as the image's /usr/lib/calico."""

    def __init__(self, code: pathlib.Path, log: pathlib.Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(code), "NODENAME": NODE, "ETCD_ENDPOINTS": CLIENTS}
        with log.open("ab") as output:
            command = [sys.executable, "-m", "calico_node.agent"]
            self._process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd="/")

    @property
    def cpu_seconds(self) -> float:
        """What it and the programs that it ran have used so far."""
        fields = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICK

    @property
    def resident_bytes(self) -> int:
        lines = pathlib.Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))

    def settle(self) -> None:
        """Until it has nothing left to do: all of its threads asleep, again and again, and no tick of its clock."""
        seen = collections.deque[float](maxlen=_LOOKS)
        while len(seen) < _LOOKS or len(set(seen)) > 1:
            time.sleep(_LOOK_SECONDS)
            if not self._asleep():
                seen.clear()
            seen.append(self.cpu_seconds)

    def _asleep(self) -> bool:
        states = []
        for task in pathlib.Path(f"/proc/{self._process.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended
                states.append((task / "stat").read_text().rpartition(")")[2].split()[0])
        return set(states) == {"S"}

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


@contextlib.contextmanager
def running(code: pathlib.Path, directory: pathlib.Path) -> Iterator[Agent]:
    """An agent that has begun; what it says is shown if anything fails."""
    server.SOCKET.parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path("/var/lib/calico/bird").mkdir(parents=True, exist_ok=True)
    log = directory / "agent.log"
    agent = Agent(code, log)
    try:
        yield agent
    except BaseException:
        sys.stderr.write(log.read_text())
        raise
    finally:
        agent.stop()


def interface(number: int) -> str:
    """The host's side of container ``number``, as in tests.states.records."""
    return f"cali{number:011x}"


def programmed(number: int) -> Iterator[kernel.Value]:
    """What the kernel has of an endpoint of this host: the way to its rules, its place in its network's set, routes."""
    yield kernel.interface(interface(number))
    for address in records.default_addresses(number):
        yield kernel.element(address)
        yield kernel.route(address)


def cable(numbers: Sequence[int], space: str | None = None) -> None:
    """Veth pairs as the plugin makes them; the far end is eth0 of a container, or one of many elsewhere."""
    end = "name eth0 netns {space}" if space else "name far{number} netns {space}"
    there = space or _elsewhere()
    near = "link add {near} address ee:ee:ee:ee:ee:ee up type veth peer " + end
    _ip(near.format(near=interface(number), number=number, space=there) for number in numbers)
    if space is None:
        _ip((f"link set far{number} up" for number in numbers), there)


def _elsewhere() -> str:
    """The namespace with the far ends of cables to nobody in particular."""
    return f"elsewhere{os.getpid()}"


def uncable(numbers: Iterable[int]) -> None:
    _ip(f"link delete {interface(number)}" for number in numbers)


def prepare() -> None:
    """Set up the namespace that unshare made. Without a default route the kernel answers no container's ARP."""
    subprocess.run(["ip", "netns", "add", _elsewhere()], check=True)
    _ip(
        [
            "link set lo up",
            "link add uplink up type veth peer name nowhere",
            "link set nowhere up",
            "address add 192.0.2.1/24 dev uplink",
        ]
    )
    _ip(["route add default via 192.0.2.9"])


def _ip(lines: Iterable[str], space: str | None = None) -> None:
    there = ["-netns", space] if space else []
    subprocess.run(["ip", *there, "-batch", "-"], input="\n".join(lines), text=True, check=True)
