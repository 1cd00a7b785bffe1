"""Containers that come and go on a host while something breaks, and what each `docker` command said."""

import dataclasses
import subprocess
import threading
import time
from collections.abc import Iterable

from tests.lab import hosts

BOUND = 120.0  # seconds in which a command of docker's must return, whatever is down
PATIENCE = 180.0  # seconds in which it must succeed, asked again and again
LABEL = "crowd"


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """One command and its answer, which is None if it did not return within the bound."""

    command: str
    answer: hosts.Answer | None

    @property
    def succeeded(self) -> bool:
        return self.answer is not None and self.answer.code == 0

    def __str__(self) -> str:
        return f"{self.command}: {'did not return' if self.answer is None else self.answer.text}"


def attempt(host: str, command: str) -> Attempt:
    """Run a command of docker's within the bound."""
    try:
        return Attempt(command, hosts.run(host, command, timeout=BOUND))
    except subprocess.TimeoutExpired:
        return Attempt(command, None)


class Worker(threading.Thread):
    """Runs commands one after the other, each until it succeeds or its time is over."""

    def __init__(self, host: str, commands: Iterable[str]) -> None:
        super().__init__(daemon=True)
        self._host = host
        self._commands = tuple(commands)
        self.attempts: list[Attempt] = []
        self.unfinished: list[Attempt] = []

    def run(self) -> None:
        for command in self._commands:
            last = self._insist(command)
            if not last.succeeded:
                self.unfinished.append(last)

    def _insist(self, command: str) -> Attempt:
        end = time.monotonic() + PATIENCE
        while True:
            self.attempts.append(attempt(self._host, command))
            if self.attempts[-1].succeeded or time.monotonic() > end:
                return self.attempts[-1]
            time.sleep(0.2)


class Crowd:
    """Two workers that create the containers of a generation, and two that remove those of the one before."""

    def __init__(self, host: str, network: str, *, size: int = 8) -> None:
        self._host = host
        self._network = network
        self._size = size
        self._generation = 0

    def fill(self) -> None:
        """The first generation."""
        for name in self._names(0):
            hosts.must(self._host, self._creation(name))

    def turn(self) -> "Turn":
        """The next generation begins to come, and the last one to go."""
        leaving, coming = self._names(self._generation), self._names(self._generation + 1)
        self._generation += 1
        return Turn(
            creating=_shared(self._host, [self._creation(name) for name in coming]),
            removing=_shared(self._host, [f"docker rm --force {name}" for name in leaving]),
        )

    def present(self) -> set[str]:
        """The containers that there are, running or not."""
        return self._listed("--all")

    def running(self) -> set[str]:
        return self._listed("--filter status=running")

    def expected(self) -> set[str]:
        """The containers that there must be."""
        return set(self._names(self._generation))

    def remove(self) -> None:
        """Everything of it that there is."""
        hosts.must(self._host, f"docker ps --all --quiet --filter label={LABEL} | xargs -r docker rm --force")

    def _names(self, generation: int) -> list[str]:
        return [f"{LABEL}-{generation}-{number}" for number in range(self._size)]

    def _creation(self, name: str) -> str:
        # A run that ended with dockerd may have left a container that only wants to be started.
        options = f"--detach --restart always --label {LABEL} --network {self._network}"
        return f"docker run {options} --name {name} probe || docker start {name}"

    def _listed(self, condition: str) -> set[str]:
        listed = f"docker ps {condition} --filter label={LABEL} --format '{{{{.Names}}}}'"
        return set(hosts.must(self._host, listed).split())


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """The workers of one turn, at work."""

    creating: tuple[Worker, ...]
    removing: tuple[Worker, ...]

    @property
    def workers(self) -> tuple[Worker, ...]:
        return (*self.creating, *self.removing)

    def go_on(self) -> None:
        """Wait until each worker has got an answer more, or is through."""
        before = [len(worker.attempts) for worker in self.workers]
        for worker, count in zip(self.workers, before, strict=True):
            while worker.is_alive() and len(worker.attempts) == count:
                worker.join(0.02)

    def finish(self) -> None:
        """Wait until all are through."""
        for worker in self.workers:
            worker.join()


def _shared(host: str, commands: list[str]) -> tuple[Worker, ...]:
    workers = (Worker(host, commands[::2]), Worker(host, commands[1::2]))
    for worker in workers:
        worker.start()
    return workers
