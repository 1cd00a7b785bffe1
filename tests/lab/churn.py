"""Containers that come and go at random on all hosts, while parts are killed at random. One seed gives one play."""

import random
import threading
from collections.abc import Callable

from tests.lab import crowd, events, hosts

NETWORKS = ("frontend", "backend")
NAMED = "churn"  # the network whose containers ask for an address by name
SUBNET = "10.65.0.0/16"
FEW = [f"10.65.255.{number}" for number in range(24)]  # that all hosts ask for: some are taken
MOST = 6  # containers a host
_HERE = f"docker ps --all --quiet --filter label={crowd.LABEL}"


class Tenant(threading.Thread):
    """Somebody who runs and removes containers on one host, one command after the other."""

    def __init__(self, host: str, seed: int, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.host = host
        self.attempts: list[crowd.Attempt] = []
        self._chance = random.Random(f"{seed} {host}")  # noqa: S311 - to be repeated, not to be secret
        self._over = over
        self._names: list[str] = []

    def run(self) -> None:
        while not self._over.is_set():
            self.attempts.append(crowd.attempt(self.host, self._command()))

    def _command(self) -> str:
        if self._names and self._chance.random() < len(self._names) / MOST:
            return f"docker rm --force {self._names.pop(self._chance.randrange(len(self._names)))}"
        place = self._chance.choice(
            [*(f"--network {name}" for name in NETWORKS), f"--network {NAMED} --ip {self._chance.choice(FEW)}"]
        )
        options = f"--label {crowd.LABEL} --label org.projectcalico.label.colour={self._chance.choice(['red', 'blue'])}"
        if self._chance.random() < 0.3:
            return f"docker run --rm {place} {options} probe true"
        name = f"churn-{self._chance.getrandbits(40):x}"
        self._names.append(name)
        lasting = self._chance.choice(["no", "always"])
        return f"docker run --detach --name {name} --restart {lasting} {place} {options} probe"


class Killer(threading.Thread):
    """Kills a random part of a random host every few seconds."""

    def __init__(self, seed: int, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.killed: list[str] = []
        self._chance = random.Random(seed)  # noqa: S311
        self._over = over

    def run(self) -> None:
        while not self._over.wait(self._chance.uniform(1, 4)):
            part = self._chance.choice([*events.PARTS, "etcd"])
            host = self._chance.choice(hosts.DATASTORE if part == "etcd" else hosts.HOSTS)
            events.killed(part)(host)
            self.killed.append(f"{part} of {host}")


class Play:
    """All tenants and the killer, from the start to the end."""

    def __init__(self, seed: int) -> None:
        self._over = threading.Event()
        self.tenants = tuple(Tenant(host, seed, self._over) for host in hosts.HOSTS)
        self.killer = Killer(seed, self._over)

    def during(self, seconds: float, look: Callable[[], None]) -> None:
        """Let them play, and look at what they do every second."""
        threads = (*self.tenants, self.killer)
        for thread in threads:
            thread.start()
        end = threading.Timer(seconds, self._over.set)
        end.start()
        while not self._over.wait(1):
            look()
        for thread in threads:
            thread.join()

    @property
    def attempts(self) -> list[crowd.Attempt]:
        return [attempt for tenant in self.tenants for attempt in tenant.attempts]


def running(host: str, network: str) -> list[str]:
    """The names of the containers that run on a network."""
    chosen = f"--filter status=running --filter label={crowd.LABEL} --filter network={network}"
    listed = f"docker ps {chosen} --format '{{{{.Names}}}}'"
    return hosts.must(host, listed).split()


def remove(host: str) -> None:
    """Remove whatever is left of it on a host."""
    hosts.must(host, f"{_HERE} | xargs -r docker rm --force", timeout=crowd.BOUND)
