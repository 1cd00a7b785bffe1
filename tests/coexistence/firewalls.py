"""firewalld and ufw in a host's namespace, with files of their own: this process and its children see no others."""

from __future__ import annotations

import contextlib
import pathlib
import shutil
import subprocess
from collections.abc import Iterator

from tests.netns.hosts import Host
from tests.netns.waiting import until

ROLE = pathlib.Path(__file__).parents[2] / "roles/node/files/firewalld"


@contextlib.contextmanager
def firewalld(host: Host, log: pathlib.Path) -> Iterator[None]:
    """firewalld as a host starts it, with what role node has put into its directory."""
    bus = ["dbus-daemon", "--system", "--nofork", "--nopidfile"]
    daemon = _inside(host, "firewalld", "--nofork", "--nopid")
    pathlib.Path("/run/dbus").mkdir(exist_ok=True)
    pathlib.Path("/run/dbus/pid").unlink(missing_ok=True)
    with log.open("ab") as output, contextlib.ExitStack() as stack:
        stack.enter_context(running(bus, output))
        until(pathlib.Path("/run/dbus/system_bus_socket").exists)
        stack.enter_context(running(daemon, output))
        until(lambda: _run(host, "firewall-cmd", "--state").returncode == 0, seconds=30)
        yield


@contextlib.contextmanager
def running(command: list[str], output: object) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=output, stderr=output)  # type: ignore[call-overload]
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def told(host: Host) -> Iterator[None]:
    """What role node does: its files, and a reload."""
    files = [file.relative_to(ROLE) for file in ROLE.rglob("*.xml")]
    for file in files:
        shutil.copy(ROLE / file, pathlib.Path("/etc/firewalld") / file)
    reload(host)
    try:
        yield
    finally:
        for file in files:
            (pathlib.Path("/etc/firewalld") / file).unlink()


def reload(host: Host) -> None:
    done = _run(host, "firewall-cmd", "--reload")
    assert done.returncode == 0, done.stderr


def ufw(host: Host, *words: str) -> None:
    done = _run(host, "ufw", "--force", *words)
    assert done.returncode == 0, done.stdout + done.stderr


def _run(host: Host, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_inside(host, *words), capture_output=True, text=True, check=False, timeout=60)


def _inside(host: Host, *words: str) -> list[str]:
    # Not `ip netns exec`: that hides files below /etc.
    return ["nsenter", f"--net=/run/netns/{host.space.name}", *words]
