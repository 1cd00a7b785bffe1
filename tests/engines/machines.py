"""A Docker host without systemd: a network namespace with processes, mounts and a /run of its own."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys

from tests.netns.namespaces import Namespace
from tests.netns.waiting import until

# Directories that must not be the container's: each machine has its own engine, agent and plugin at the usual paths.
_OWN = """
hostname "$0"
for directory in /run /var/lib/calico /var/lib/containerd /var/lib/docker; do
    mkdir -p "$directory" && mount -t tmpfs -o mode=755 tmpfs "$directory"
done
echo nameserver 192.0.2.9 >/run/resolv.conf
mount --bind /run/resolv.conf /etc/resolv.conf
exec "$@"
"""
# The first process of the machine: it only buries the others.
_INIT = "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True: signal.pause()"


class Machine:
    """Processes that run in it see the paths of a real host; all of them end with it."""

    def __init__(self, space: Namespace, name: str) -> None:
        self.space = space
        self.name = name
        self._process = subprocess.Popen(
            [
                # Not `ip netns exec`: that hides the cgroups.
                *("nsenter", f"--net=/run/netns/{space.name}"),
                *("unshare", "--mount", "--propagation", "private", "--pid", "--uts", "--fork", "--kill-child"),
                *("--mount-proc", "sh", "-euc", _OWN, name, sys.executable, "-c", _INIT),
            ]
        )
        self._init = until(lambda: _children(self._process.pid))[0]
        # By then it has its own directories.
        until(lambda: pathlib.Path(f"/proc/{self._init}/cmdline").read_text().startswith(sys.executable))

    def end(self) -> None:
        """As if somebody pulled the plug."""
        os.kill(self._init, signal.SIGKILL)
        self._process.wait()

    def path(self, path: str) -> pathlib.Path:
        """Where the test finds a file of the machine."""
        return pathlib.Path(f"/proc/{self._init}/root{path}")

    def interfaces(self) -> list[str]:
        """Names, in order; without a process of its own."""
        lines = pathlib.Path(f"/proc/{self._init}/net/dev").read_text().splitlines()[2:]
        return sorted(line.partition(":")[0].strip() for line in lines)

    def command(self, *words: str) -> list[str]:
        return ["nsenter", f"--target={self._init}", "--mount", "--net", "--pid", "--uts", *words]

    def run(self, *words: str, seconds: float = 60) -> str:
        """The output of a command; a failing command fails the test with what it said."""
        done = self.attempt(*words, seconds=seconds)
        assert done.returncode == 0, f"{' '.join(words)} on {self.name}: {done.stdout}{done.stderr}"
        return done.stdout

    def attempt(
        self, *words: str, seconds: float = 60, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = self.command(*words)
        environment = {**os.environ, **(environment or {})}
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds, env=environment)


class Service:
    """A program of the machine that runs until it is told to end; what it says is in ``log``."""

    def __init__(self, machine: Machine, log: pathlib.Path, *command: str, **environment: str) -> None:
        self.log = log
        self._machine = machine
        self._command = command
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = self._machine.command(*self._command)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process itself, as the test sees it: nsenter waits for it."""
        assert self._process is not None
        waiting = self._process.pid
        return until(lambda: _children(waiting))[0]

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """As the kernel or an operator kills it: without notice."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As systemd stops it."""
        self._end(signal.SIGTERM)

    def wait(self) -> None:
        """Until it is gone; its machine ends."""
        if self._process is not None:
            self._process.wait(30)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self.send(number)
            self._process.wait(60)


def _children(pid: int) -> list[int]:
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
