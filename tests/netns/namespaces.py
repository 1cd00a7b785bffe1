"""Network namespaces of a test: hosts, their cables, and the processes in them. Leaving the world removes them all."""

from __future__ import annotations

import dataclasses
import itertools
import os
import pathlib
import subprocess
from types import TracebackType

_SWITCH = "switch"


@dataclasses.dataclass(frozen=True, slots=True)
class Namespace:
    """A host of the test's world; ``name`` is that of its network namespace."""

    name: str

    def command(self, *words: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words: str) -> str:
        """The output of a command in the namespace; a failing command fails the test with what it said."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False, timeout=30)
        assert done.returncode == 0, f"{' '.join(words)} in {self.name}: {done.stdout}{done.stderr}"
        return done.stdout

    def succeeds(self, *words: str) -> bool:
        return subprocess.run(self.command(*words), capture_output=True, check=False, timeout=30).returncode == 0

    def ip(self, words: str) -> str:
        """``ip`` with its arguments in one string."""
        return self.run("ip", *words.split())

    def address(self, interface: str, *addresses: str) -> None:
        """Give an interface addresses (with prefix length) and set it up; IPv6 ones are usable at once."""
        for address in addresses:
            self.ip(f"address add {address} dev {interface}" + (" nodad" if ":" in address else ""))
        self.ip(f"link set {interface} up")

    def forward(self) -> None:
        """Make it a router, as Calico's hosts are."""
        self.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")


class World:
    """Makes namespaces and cables. Names carry the process, so that two runs do not meet."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._spaces: list[Namespace] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> World:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for space in self._spaces:
            subprocess.run(["ip", "netns", "delete", space.name], check=True)

    def space(self, name: str) -> Namespace:
        space = Namespace(f"t{os.getpid()}-{name}")
        subprocess.run(["ip", "netns", "add", space.name], check=True)
        self._spaces.append(space)
        space.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.accept_ra=0")
        space.ip("link set lo up")
        return space

    def cable(self, one: Namespace, one_interface: str, other: Namespace, other_interface: str) -> None:
        """A veth pair between two namespaces."""
        one.ip(f"link add {one_interface} type veth peer name {other_interface} netns {other.name}")

    def rack(self, *spaces: Namespace, interface: str = "eth0") -> Namespace:
        """Join namespaces by a switch, which is a namespace with a bridge."""
        switch = self.space(f"{_SWITCH}{next(self._numbers)}")
        switch.ip("link add name bridge type bridge")
        switch.ip("link set bridge up")
        for number, space in enumerate(spaces):
            self.cable(space, interface, switch, f"port{number}")
            switch.ip(f"link set port{number} master bridge up")
        return switch

    def spawn(self, space: Namespace, *words: str, log: pathlib.Path) -> subprocess.Popen[bytes]:
        """A process that is killed at the end, if it has not ended before; what it says goes to ``log``."""
        with log.open("ab") as output:
            process = subprocess.Popen(space.command(*words), stdout=output, stderr=output, start_new_session=True)
        self._processes.append(process)
        return process
