"""Everything that can restart, against containers that run, come and go meanwhile: who must be there afterwards is,
no address is lost or given twice, and only what Docker itself stops is interrupted.

An event happens once for all tests of its row. With FULL in the environment the table is whole, for each engine of
the lab.
"""

import contextlib
import dataclasses
import os
from collections.abc import Iterator

import pytest

from tests.lab import crowd, events, facts, hosts, ledger, probes

NETWORK = "frontend"
PEER, NEIGHBOUR = "web4", "web3"  # on hosts that no event strikes
ALWAYS, BUSY = "restart-always", "under-traffic"
FULL = bool(os.environ.get("FULL"))
STRUCK: list[str] = [host for host in ("rack1-host1", "rack1-host3", "rack1-host4") if host in hosts.HOSTS]


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """An event on one host."""

    event: events.Event
    host: str

    def __str__(self) -> str:
        return f"{self.event.name} on {self.host}" if len(STRUCK) > 1 else self.event.name


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen while it happened."""

    row: Row
    containers: crowd.Crowd
    turn: crowd.Turn
    lost: tuple[probes.Loss, ...]
    lost_elsewhere: tuple[probes.Loss, ...]
    was_stopped: bool


ROWS = [Row(event, host) for host in STRUCK for event in events.TABLE if FULL or event.telling]


@pytest.fixture(scope="module")
def crowds() -> Iterator[dict[str, crowd.Crowd]]:
    """The containers of the tests, on each host that is struck."""
    found = {host: crowd.Crowd(host, NETWORK) for host in STRUCK}
    for host, its in found.items():
        clear(host, its)
        its.fill()
        hosts.must(host, f"docker run --detach --restart always --name {ALWAYS} --network {NETWORK} probe")
        hosts.must(host, f"docker create --name {BUSY} --network {NETWORK} probe")
    yield found
    for host, its in found.items():
        clear(host, its)


def clear(host: str, containers: crowd.Crowd) -> None:
    """Also of what a run that was broken off has left."""
    containers.remove()
    hosts.run(host, f"docker rm --force {ALWAYS} {BUSY}")


@pytest.fixture(scope="module", params=ROWS, ids=str)
def outcome(request: pytest.FixtureRequest, crowds: dict[str, crowd.Crowd]) -> Iterator[Outcome]:
    """The event, struck in the middle of what comes and goes, and everything back."""
    row: Row = request.param
    with live_restore(row):
        hosts.must(row.host, f"docker start {BUSY}")
        yield strike(row, crowds[row.host])


@contextlib.contextmanager
def live_restore(row: Row) -> Iterator[None]:
    if not row.event.live_restore:
        yield
        return
    events.live_restore(row.host, on=True)
    try:
        yield
    finally:
        events.live_restore(row.host, on=False)


def strike(row: Row, containers: crowd.Crowd) -> Outcome:
    process = identity(row.host)
    near = probes.start(PEER, hosts.addresses(row.host, BUSY))
    elsewhere = probes.start(PEER, hosts.addresses(hosts.host_of(NEIGHBOUR), NEIGHBOUR))
    turn = containers.turn()
    turn.go_on()
    row.event.strike(row.host)
    if not row.event.mends_itself:
        turn.go_on()
        row.event.mend(row.host)
    turn.finish()
    events.is_back(row.host)
    return Outcome(
        row=row,
        containers=containers,
        turn=turn,
        lost=probes.stop(near),
        lost_elsewhere=probes.stop(elsewhere),
        was_stopped=identity(row.host) != process,
    )


def identity(host: str) -> str:
    """Tells one run of the container under traffic from the next."""
    return hosts.must(host, f"docker inspect --format '{{{{.State.Pid}}}} {{{{.State.StartedAt}}}}' {BUSY}")


def is_reachable(host: str, name: str) -> None:
    """It runs, and answers its peer in another rack, over IPv4 and IPv6."""
    hosts.eventually(host, f"docker ps --filter status=running --format '{{{{.Names}}}}' | grep -x {name}")
    for address in hosts.addresses(host, name).values():
        facts.check(facts.answers(PEER, address, f"{name} of {host}"))


def test_a_container_with_restart_always_runs_and_is_reachable(outcome: Outcome) -> None:
    is_reachable(outcome.row.host, ALWAYS)


def test_a_container_under_traffic_is_interrupted_only_if_docker_stops_it(outcome: Outcome) -> None:
    assert outcome.was_stopped == outcome.row.event.stops
    if outcome.was_stopped:
        hosts.must(outcome.row.host, f"docker start {BUSY}")
    else:
        assert not [str(loss) for loss in outcome.lost if loss.lost]
    is_reachable(outcome.row.host, BUSY)


def test_containers_of_other_hosts_are_not_interrupted(outcome: Outcome) -> None:
    assert not [str(loss) for loss in outcome.lost_elsewhere if loss.lost]


def test_containers_that_were_being_created_run_and_are_reachable(outcome: Outcome) -> None:
    assert not [str(attempt) for worker in outcome.turn.creating for attempt in worker.unfinished]
    assert outcome.containers.expected() <= outcome.containers.running()
    for name in sorted(outcome.containers.expected()):
        is_reachable(outcome.row.host, name)


def test_containers_that_were_being_removed_are_gone(outcome: Outcome) -> None:
    assert not [str(attempt) for worker in outcome.turn.removing for attempt in worker.unfinished]
    assert outcome.containers.present() == outcome.containers.expected()


def test_every_command_of_docker_returned(outcome: Outcome) -> None:
    attempts = [attempt for worker in outcome.turn.workers for attempt in worker.attempts]
    assert not [str(attempt) for attempt in attempts if attempt.answer is None]


@pytest.mark.usefixtures("outcome")
def test_no_address_is_leaked_or_given_twice() -> None:
    ledger.agree()
