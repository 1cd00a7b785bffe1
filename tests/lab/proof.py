"""The proof that `make demo` prints: commands on the lab's hosts, their output and the verdict.

    python -m tests.lab.proof fenced      of two networks that no policy connects
    python -m tests.lab.proof opened      once TCP 5432 is open from frontend to backend

Exits 1 when a fact does not hold.
"""

import sys
from collections.abc import Iterator

from tests.lab import facts, hosts

VERSIONS = (4, 6)


def fenced() -> Iterator[facts.Fact]:
    """The facts of two networks that no policy connects."""
    for version in VERSIONS:
        for target in ("web2", "web3", "web4"):
            yield facts.reaches("web1", target, version=version)
    for version in VERSIONS:
        yield facts.reaches("db1", "db2", version=version, port=5432)
        yield facts.blocked("web1", "db1", version=version, port=5432)
        yield facts.blocked("web1", "db2", version=version, port=5432)
    for host in hosts.HOSTS:
        yield facts.established(host)


def opened() -> Iterator[facts.Fact]:
    """The facts once TCP 5432 is open from frontend to backend."""
    for version in VERSIONS:
        for source, target in (("web1", "db1"), ("web1", "db2"), ("web4", "db2")):
            yield facts.reaches(source, target, version=version, port=5432)
            yield facts.blocked(source, target, version=version, port=5433)


def show(fact: facts.Fact) -> bool:
    """Print a fact with the answer of the host."""
    finding = facts.find(fact)
    sys.stdout.write(f"\n{finding}\n")
    sys.stdout.flush()
    return finding.holds


def main() -> int:
    """Print all facts of a stage."""
    results = [show(fact) for fact in {"fenced": fenced, "opened": opened}[sys.argv[1]]()]
    sys.stdout.write(f"\n{sum(results)} of {len(results)} facts hold\n")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
