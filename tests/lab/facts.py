"""What must be true of the lab's network, each fact a command on a host and what its answer must be.

The network converges (BGP, policy): a fact is asked again until it holds or its time is over.
"""

import dataclasses
import time
from collections.abc import Callable

from tests.lab import hosts

PATIENCE = 20.0  # seconds


@dataclasses.dataclass(frozen=True, slots=True)
class Fact:
    """A command on a host, and what its answer must be."""

    title: str
    host: str
    command: str
    accepts: Callable[[hosts.Answer], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """A fact and the last answer to it."""

    fact: Fact
    answer: hosts.Answer
    holds: bool

    def __str__(self) -> str:
        verdict = "OK  " if self.holds else "FAIL"
        lines = [f"{self.fact.host}# {self.fact.command}", *self.answer.text.splitlines()]
        return f"{verdict}  {self.fact.title}\n" + "\n".join("      " + line for line in lines)


def find(fact: Fact, *, patience: float = PATIENCE) -> Finding:
    """Ask until the fact holds or the time is over."""
    end = time.monotonic() + patience
    while True:
        answer = hosts.run(fact.host, fact.command)
        if fact.accepts(answer) or time.monotonic() > end:
            return Finding(fact, answer, fact.accepts(answer))


def check(fact: Fact, *, patience: float = PATIENCE) -> None:
    """Assert that a fact holds within the time."""
    finding = find(fact, patience=patience)
    assert finding.holds, str(finding)


def reaches(source: str, target: str, *, version: int, port: int = 80) -> Fact:
    """The target answers, and it saw the source's own address: nothing translates on the way."""
    own = hosts.addresses(hosts.host_of(source), source)[version]
    return Fact(
        f"{source} reaches {target}, {_place(source, target)}, TCP {port} over IPv{version}, and is seen as {own}",
        hosts.host_of(source),
        _question(source, target, version, port),
        lambda answer: answer.code == 0 and answer.text == own,
    )


def answers(source: str, address: str, who: str) -> Fact:
    """Somebody answers at an address, who need not be of the workload."""
    title = f"{source} reaches {who} at {address}"
    return Fact(title, hosts.host_of(source), _asked(source, address, 80), lambda answer: answer.code == 0)


def blocked(source: str, target: str, *, version: int, port: int = 80) -> Fact:
    """The target does not answer. That it listens is known from those that reach it."""
    return Fact(
        f"{source} does not reach {target}, {_place(source, target)}, TCP {port} over IPv{version}",
        hosts.host_of(source),
        _question(source, target, version, port),
        lambda answer: answer.code != 0 and "timed out" in answer.text,
    )


def established(host: str) -> Fact:
    """All BGP sessions of a host are up: to the other hosts and to the router, over IPv4 and IPv6."""
    sessions = 2 * len(hosts.HOSTS)

    def accepts(answer: hosts.Answer) -> bool:
        return len(answer.text.splitlines()) == sessions == answer.text.count("Established")

    command = "calicoctl node status | grep -E '^[|] (172|fd31)'"
    return Fact(f"the {sessions} BGP sessions of {host} are Established", host, command, accepts)


def _place(source: str, target: str) -> str:
    here, there = hosts.host_of(source), hosts.host_of(target)
    if here == there:
        return "on the same host"
    return "in the same rack" if here.split("-")[0] == there.split("-")[0] else "in the other rack"


def _question(source: str, target: str, version: int, port: int) -> str:
    return _asked(source, hosts.addresses(hosts.host_of(target), target)[version], port)


def _asked(source: str, address: str, port: int) -> str:
    place = f"[{address}]" if ":" in address else address
    return f"docker exec {source} wget -q -T 2 -O - http://{place}:{port}/cgi-bin/whoami"
