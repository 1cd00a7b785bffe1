"""Traffic that runs while something breaks: pings and new connections to a container, and how many were lost.

They are sent from the network of another container, by programs of its host, so that no engine has a part in it.
"""

import dataclasses
import re
import secrets
import shlex
from collections.abc import Iterable, Mapping

from tests.lab import hosts

# Prints a line for each connection. Nothing listens: the refusal comes from the container's kernel, however busy its
# programs are. A packet that was lost is sent again after a second.
_CONNECT = """
import socket, sys, time
while True:
    try:
        socket.create_connection((sys.argv[1], 7), 0.9)
    except ConnectionRefusedError:
        print("answered", flush=True)
    except OSError as error:
        print("lost", error, flush=True)
    time.sleep(0.05)
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Probe:
    """A program that sends from a host, and where it writes."""

    title: str
    host: str
    process: str
    log: str


@dataclasses.dataclass(frozen=True, slots=True)
class Loss:
    """What a probe sent and missed."""

    title: str
    sent: int
    lost: int
    reasons: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.title}: {self.lost} of {self.sent} lost {', '.join(self.reasons)}"


def start(sender: str, targets: Mapping[int, str]) -> tuple[Probe, ...]:
    """Pings and connections from a container of the workload to the addresses of another, for each IP version."""
    host = hosts.host_of(sender)
    process = hosts.must(host, f"docker inspect --format '{{{{.State.Pid}}}}' {sender}")
    connect = f"python3 -c {shlex.quote(_CONNECT)}"
    programs = [(f"pings to {address}", f"ping -n -i 0.02 {address}") for address in targets.values()]
    programs += [(f"connections to {address}", f"{connect} {address}") for address in targets.values()]
    inside = f"nsenter --target {process} --net"
    return tuple(_started(host, title, f"{inside} {program}") for title, program in programs)


def stop(probes: Iterable[Probe]) -> tuple[Loss, ...]:
    """End the probes and count."""
    return tuple(_counted(probe) for probe in probes)


def _started(host: str, title: str, program: str) -> Probe:
    log = f"/run/probe-{secrets.token_hex(4)}"
    process = hosts.must(host, f"{program} >{log} 2>&1 & echo $!")
    answered = f"grep -qE 'bytes from|answered' {log}"
    hosts.eventually(host, answered)
    return Probe(title, host, process, log)


def _counted(probe: Probe) -> Loss:
    text = hosts.must(probe.host, f"kill {probe.process}; cat {probe.log} && rm {probe.log}")
    # The last ping may be on its way: what counts is what came before the last answer.
    numbers = [int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", text)]
    if numbers:
        return Loss(probe.title, numbers[-1], numbers[-1] - len(set(numbers)))
    lines = text.splitlines()
    lost = [line.removeprefix("lost ") for line in lines if line.startswith("lost ")]
    return Loss(probe.title, len(lines), len(lost), frozenset(lost))
