"""Shows what the lab's network does: each line is a command run on a host, with its output and the verdict.

Usage: scripts/lab python molecule/lab/proof.py fenced   (before the policy of policy.yml)
       scripts/lab python molecule/lab/proof.py opened   (after it)
Exits 1 when one of the facts does not hold.
"""

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

HOSTS = ("rack1-host1", "rack1-host2", "rack2-host1", "rack2-host2")
HOST_OF = {
    "web1": "rack1-host1",
    "web2": "rack1-host1",
    "web3": "rack1-host2",
    "web4": "rack2-host1",
    "db1": "rack1-host1",
    "db2": "rack2-host2",
}
DEADLINE = 20.0  # seconds until a fact must hold: BGP and policy are eventually consistent
VERSIONS = (4, 6)


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What a command said."""

    code: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Fact:
    """A command on a host, and what its answer must be."""

    title: str
    host: str
    command: str
    holds: Callable[[Answer], bool]


def say(text: str = "") -> None:
    """A line for the reader, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run(host: str, command: str) -> Answer:
    """Run a shell command on a host of the lab."""
    result = subprocess.run(
        ["docker", "exec", host, "sh", "-c", command + " 2>&1"], capture_output=True, text=True, timeout=60, check=False
    )
    return Answer(result.returncode, result.stdout.strip())


def addresses(container: str) -> dict[int, str]:
    """The container's address of each IP version, as its host's engine tells."""
    answer = run(HOST_OF[container], "docker inspect --format '{{json .NetworkSettings.Networks}}' " + container)
    (network,) = json.loads(answer.text).values()
    return {4: network["IPAddress"], 6: network["GlobalIPv6Address"]}


def reached(source: str, target: str, *, version: int, port: int = 80) -> Fact:
    """The target answers, and it saw the source's own address: nothing translates on the way."""
    own = addresses(source)[version]
    return Fact(
        f"{source} ({own}) reaches {target}, TCP {port} over IPv{version}, and is seen with its own address",
        HOST_OF[source],
        _ask(source, target, version, port),
        lambda answer: answer.code == 0 and answer.text == own,
    )


def blocked(source: str, target: str, *, version: int, port: int) -> Fact:
    """The target does not answer. (That it listens is known from who may reach it.)"""
    return Fact(
        f"{source} does not reach {target}, TCP {port} over IPv{version}",
        HOST_OF[source],
        _ask(source, target, version, port),
        lambda answer: answer.code != 0 and "timed out" in answer.text,
    )


def _ask(source: str, target: str, version: int, port: int) -> str:
    address = addresses(target)[version]
    place = f"[{address}]" if version == 6 else address
    return f"docker exec {source} wget -q -T 2 -O - http://{place}:{port}/cgi-bin/whoami"


def fenced() -> Iterator[Fact]:
    """The facts of two networks that no policy connects."""
    for version in VERSIONS:
        for target, where in (("web2", "on the same host"), ("web3", "in the same rack"), ("web4", "in the other rack")):
            fact = reached("web1", target, version=version)
            yield dataclasses.replace(fact, title=f"{fact.title}; {target} is {where}")
    for version in VERSIONS:
        yield reached("db1", "db2", version=version, port=5432)
        yield blocked("web1", "db1", version=version, port=5432)
        yield blocked("web1", "db2", version=version, port=5432)
    for host in HOSTS:
        yield Fact(f"the BGP sessions of {host}", host, "calicoctl node status", lambda answer: answer.code == 0)


def opened() -> Iterator[Fact]:
    """The facts once TCP 5432 is open from frontend to backend."""
    for version in VERSIONS:
        for source, target in (("web1", "db1"), ("web1", "db2"), ("web4", "db2")):
            yield reached(source, target, version=version, port=5432)
            yield blocked(source, target, version=version, port=5433)


def proves(fact: Fact) -> bool:
    """Run the command until the fact holds or the deadline is over, and print the last answer."""
    end = time.monotonic() + DEADLINE
    answer = run(fact.host, fact.command)
    while not fact.holds(answer) and time.monotonic() < end:
        answer = run(fact.host, fact.command)
    held = fact.holds(answer)
    say(f"\n{'OK  ' if held else 'FAIL'}  {fact.title}")
    say(f"      {fact.host}# {fact.command}")
    for line in answer.text.splitlines():
        say(f"      {line}")
    return held


def main() -> int:
    facts = {"fenced": fenced, "opened": opened}[sys.argv[1]]()
    results = [proves(fact) for fact in facts]
    say(f"\n{sum(results)} of {len(results)} facts hold")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
