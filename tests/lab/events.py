"""What goes down on a host of the lab, and how it comes back: the table of restarts' rows."""

import dataclasses
import subprocess
from collections.abc import Callable

from tests.lab import hosts

DAEMON = "/etc/docker/daemon.json"
PARTS = ("calico-libnetwork", "calico-agent", "calico-bird", "docker")
Act = Callable[[str], object]


def _nothing(_host: str) -> None:
    """What comes back by itself is not mended."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """``strike`` and ``mend`` are told the host; ``stops``: Docker itself ends its containers."""

    name: str
    strike: Act
    mend: Act = _nothing
    stops: bool = False
    live_restore: bool = False
    telling: bool = False  # also without FULL

    @property
    def mends_itself(self) -> bool:
        return self.mend is _nothing


def restarted(service: str) -> Act:
    """A clean restart. Systemd's limit of starts is for services that fail, not for tests."""
    return lambda host: hosts.must(host, f"systemctl reset-failed {service}; systemctl restart {service}")


def killed(service: str) -> Act:
    """The main process is killed; systemd starts it again."""
    forgiven = f"systemctl reset-failed {service}"
    return lambda host: hosts.must(host, f"{forgiven}; systemctl kill --kill-whom=main --signal=KILL {service}")


def datastore_stopped(_host: str) -> None:
    """No member is left."""
    for member in hosts.DATASTORE:
        hosts.must(member, "systemctl stop etcd")


def datastore_started(_host: str) -> None:
    """Members are ready only together, so their start waits for none."""
    for member in hosts.DATASTORE:
        hosts.must(member, "systemctl start --no-block etcd")
    for member in hosts.DATASTORE:
        hosts.eventually(member, "systemctl is-active etcd")


def rebooted(host: str) -> None:
    """An orderly shutdown and a boot."""
    _machine("restart", "--time", "30", host)


def cut(host: str) -> None:
    """The power fails and comes back."""
    _machine("kill", host)
    _machine("start", host)


def live_restore(host: str, *, on: bool) -> None:
    """Whether containers outlive dockerd."""
    word = str(on).lower()
    hosts.must(host, f"echo '{{\"live-restore\": {word}}}' >{DAEMON} && systemctl reload docker")
    hosts.eventually(host, f"docker info --format '{{{{.LiveRestoreEnabled}}}}' | grep -x {word}")


def is_back(host: str) -> None:
    """Docker and our services run."""
    for part in PARTS:
        hosts.eventually(host, f"systemctl is-active {part}", patience=90)
    hosts.eventually(host, "docker version", patience=60)


def _machine(*command: str) -> None:
    subprocess.run(["docker", *command], check=True, capture_output=True, timeout=90)


TABLE = (
    Event(name="dockerd restarted", strike=restarted("docker"), stops=True),
    Event(name="dockerd killed", strike=killed("docker"), stops=True, telling=True),
    Event(name="dockerd restarted with live-restore", strike=restarted("docker"), live_restore=True),
    Event(name="dockerd killed with live-restore", strike=killed("docker"), live_restore=True, telling=True),
    Event(name="plugin killed", strike=killed("calico-libnetwork"), telling=True),
    Event(name="agent killed", strike=killed("calico-agent")),
    Event(name="BIRD killed", strike=killed("calico-bird")),
    Event(name="etcd stopped and started", strike=datastore_stopped, mend=datastore_started, telling=True),
    Event(name="host rebooted", strike=rebooted, stops=True),
    Event(name="power cut", strike=cut, stops=True),
)
