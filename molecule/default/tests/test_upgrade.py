"""The image is upgraded on all hosts and rolled back, while containers talk and others are run: nobody notices."""

import contextlib
import pathlib
import threading
from collections.abc import Iterator

import pytest

from tests.lab import archives, crowd, facts, hosts, playbooks, probes

SERVICES = ("calico-libnetwork", "calico-agent", "calico-bird")
RELEASED = hosts.INVENTORY.parents[1] / "build" / "images" / "calico-node.tar"
TARGET = "web4"
PAIRS = (("web1", "web4"), ("web3", "web2"))  # between the racks, and within one
RUNNING = [host for host in hosts.HOSTS if host.startswith("rack1")]  # with every engine that the lab has


class Runs(threading.Thread):
    """One `docker run` after the other on a host, each of which asks another container."""

    def __init__(self, host: str, over: threading.Event) -> None:
        super().__init__(daemon=True)
        address = hosts.addresses(hosts.host_of(TARGET), TARGET)[4]
        asked = f"wget -q -T 5 -O - http://{address}/cgi-bin/whoami"
        self.attempts: list[crowd.Attempt] = []
        self._host = host
        self._command = f"docker run --rm --network frontend probe {asked}"
        self._over = over

    def run(self) -> None:
        while not self._over.wait(1):
            self.attempts.append(crowd.attempt(self._host, self._command))


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """What happens meanwhile loses no packet and lets no `docker run` fail."""
    over = threading.Event()
    runs = [Runs(host, over) for host in RUNNING]
    probing = [
        probe
        for sender, receiver in PAIRS
        for probe in probes.start(sender, hosts.addresses(hosts.host_of(receiver), receiver))
    ]
    for thread in runs:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in runs:
            thread.join()
        lost = probes.stop(probing)
    assert not [str(loss) for loss in lost if loss.lost]
    for thread in runs:
        assert thread.attempts
        assert not [str(attempt) for attempt in thread.attempts if not attempt.succeeded]


def released(archive: pathlib.Path) -> None:
    """What a user runs. Four at a time: they share this machine's processors, and Docker waits 15 s for a driver."""
    chosen = ["--tags=node", "--forks=4", f"--extra-vars=calico_node_image_archive={archive}"]
    answer = playbooks.play("playbooks/site.yml", *chosen)
    assert answer.code == 0, answer.text


def runs_the_next(host: str) -> list[bool]:
    """For each service whether it runs from the next release."""
    root = "/proc/$(systemctl show --property MainPID --value {})/root"
    return [hosts.run(host, f"test -e {root.format(service)}/{archives.MARK}").code == 0 for service in SERVICES]


@pytest.fixture(scope="module")
def following(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The archive of the next release."""
    target = tmp_path_factory.mktemp("release") / "calico-node.tar"
    archives.next_of(RELEASED, target)
    return target


def test_an_upgrade_and_a_rollback_interrupt_nothing_and_let_nothing_fail(following: pathlib.Path) -> None:
    with undisturbed():
        released(following)
    for host in hosts.HOSTS:
        assert all(runs_the_next(host)), host
    with undisturbed():
        released(RELEASED)
    for host in hosts.HOSTS:
        assert not any(runs_the_next(host)), host
        facts.check(facts.established(host), patience=60)
