"""When the agent acts: never from a partial view, at once on a change, again after a failure, now and then anyway."""

import datetime as dt
from collections.abc import Callable, Iterable

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import snapshots
from calico_node.agent.inbox import Inbox
from calico_node.agent.loop import RESYNC_SECONDS, Clock, Loop
from calico_node.agent.order import Outcome
from calico_node.agent.status import Status
from calico_node.calc import hosts
from calico_node.dataplane.links import Interfaces, Link
from tests.states import records


class FakeApplier:
    """Notes what it is asked to apply; reports ``errors``."""

    def __init__(self) -> None:
        self.applied: list[tuple[int, int, tuple[str, ...]]] = []
        self.resyncs = 0
        self.errors: list[str] = []

    def resync(self) -> None:
        self.resyncs += 1

    def apply(
        self, snapshot: snapshots.Snapshot, interfaces: Interfaces, programmed: Callable[[Outcome], None]
    ) -> Outcome:
        self.applied.append((snapshot.revision, len(snapshot.endpoints), tuple(interfaces.ours)))
        state = hosts.calculate(snapshot, "host1")
        names = frozenset(endpoint.name for endpoint in state.endpoints.values())
        outcome = Outcome(state, errors=list(self.errors), programmed=frozenset() if self.errors else names)
        programmed(outcome)
        return outcome


class World:
    """A loop with a clock and interfaces that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.interfaces: Interfaces | None = Interfaces()
        self.inbox = Inbox()
        self.status = Status()
        self.applier = FakeApplier()
        clock = Clock(lambda: self.now, lambda: dt.datetime(2026, 11, 24, tzinfo=dt.timezone.utc))
        self.loop = Loop(self.inbox, lambda: self.interfaces, self.applier, self.status, clock)

    def list(self, revision: int, *changes: records.Change) -> None:
        listed = tuple(store.Record(change.key, change.value or b"", revision) for change in changes)
        self.inbox.list(store.Listing(listed, revision))

    def hear(self, revision: int, changes: Iterable[records.Change]) -> None:
        self.inbox.hear(store.Event(change.key, change.value, revision) for change in changes)

    def turns(self, count: int = 3) -> int:
        """How many of the next turns applied something."""
        return sum(self.loop.turn() for _ in range(count))


@pytest.fixture
def world() -> World:
    return World()


def test_promise_2_nothing_is_applied_before_the_store_is_listed(world: World) -> None:
    world.hear(5, [records.endpoint(1)])
    assert world.turns() == 0
    world.list(7, records.endpoint(2))
    assert world.turns() == 1
    assert world.applier.applied == [(7, 1, ())]


def test_promise_2_nothing_is_applied_before_the_links_are_known(world: World) -> None:
    world.interfaces = None
    world.list(7)
    assert world.turns() == 0
    world.interfaces = Interfaces()
    assert world.turns() == 1


def test_promise_2_links_that_are_lost_stop_it_until_they_are_known_again(world: World) -> None:
    world.list(7)
    world.turns()
    world.interfaces = None
    world.hear(8, [records.endpoint(1)])
    assert world.turns() == 0
    world.interfaces = Interfaces({"cali1": Link(1, 1)})
    assert world.turns() == 1
    assert world.applier.applied[-1] == (8, 1, ("cali1",))


def test_a_change_is_applied_once_and_without_a_change_nothing_is(world: World) -> None:
    world.list(7)
    assert world.turns() == 1
    world.hear(8, [records.endpoint(1)])
    assert world.turns() == 1
    assert world.turns() == 0


def test_a_burst_becomes_one_apply(world: World) -> None:
    world.list(7)
    world.turns()
    world.hear(9, (records.endpoint(number) for number in range(1, 51)))
    assert world.turns() == 1
    assert world.applier.applied[-1] == (9, 50, ())


def test_a_listing_replaces_what_was_known(world: World) -> None:
    world.list(7, records.endpoint(1), records.endpoint(2))
    world.turns()
    world.list(20, records.endpoint(2))
    world.turns()
    assert world.applier.applied[-1] == (20, 1, ())


def test_promise_3_while_the_store_is_lost_the_last_state_stays(world: World) -> None:
    world.list(7, records.endpoint(1))
    world.turns()
    world.inbox.lost()
    assert world.turns() == 0
    assert world.status.document()["inSync"] is False
    world.now += RESYNC_SECONDS
    assert world.turns() == 1
    assert world.applier.applied[-1] == (7, 1, ())


def test_a_new_or_changed_link_is_a_change(world: World) -> None:
    world.list(7)
    world.turns()
    world.interfaces = Interfaces({"cali1": Link(1, 1)})
    assert world.turns() == 1
    world.interfaces = Interfaces({"cali1": Link(1, 2)})
    assert world.turns() == 1


def test_after_a_failure_it_tries_again_later_and_later(world: World) -> None:
    world.applier.errors = ["nft: no"]
    world.list(7)
    assert world.turns() == 1
    waits = []
    for _ in range(5):
        waits.append(world.loop.idle_seconds())
        world.now += waits[-1]
        assert world.turns() == 1
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0]
    assert world.status.document()["errors"] == ["nft: no"]


def test_after_a_success_the_next_failure_is_retried_quickly_again(world: World) -> None:
    world.applier.errors = ["no"]
    world.list(7)
    world.turns()
    world.applier.errors = []
    world.now += 0.5
    world.turns()
    assert world.status.document()["errors"] == []
    world.applier.errors = ["no"]
    world.hear(8, [records.endpoint(1)])
    world.turns()
    assert world.loop.idle_seconds() == 0.5


def test_a_change_does_not_wait_for_a_retry(world: World) -> None:
    world.applier.errors = ["no"]
    world.list(7)
    world.turns()
    world.hear(8, [records.endpoint(1)])
    assert world.turns() == 1


def test_now_and_then_everything_is_looked_at_again(world: World) -> None:
    world.list(7)
    world.turns()
    assert world.applier.resyncs == 1  # the first apply trusts nothing either
    world.now += RESYNC_SECONDS - 1
    assert world.turns() == 0
    world.now += 1
    assert world.turns() == 1
    assert world.applier.resyncs == 2


def test_a_suspicion_is_looked_into_at_once_but_not_all_the_time(world: World) -> None:
    world.list(7)
    world.turns()
    world.now += 10
    world.inbox.suspect()
    assert world.turns() == 1
    assert world.applier.resyncs == 2
    world.inbox.suspect()
    assert world.turns() == 0
    assert world.loop.idle_seconds() == 1.0
    world.now += 1
    assert world.turns() == 1
    assert world.applier.resyncs == 3
    assert world.loop.idle_seconds() == RESYNC_SECONDS


def test_an_endpoint_is_programmed_from_its_revision_on(world: World) -> None:
    name = f"libnetwork/host1-libnetwork-libnetwork-{1:064x}"
    world.list(7)
    world.turns()
    assert "has programmed revision 7 only, not 8" in str(world.status.wait(name, 8, 0))
    world.hear(8, [records.network("frontend"), records.endpoint(1)])
    world.turns()
    assert world.status.wait(name, 8, 0) is None
    world.hear(9, [records.without(records.endpoint(1))])
    world.turns()
    assert "no such endpoint" in str(world.status.wait(name, 8, 0))


def test_who_waits_is_told_what_stands_in_the_way(world: World) -> None:
    world.applier.errors = ["add route 10.65.0.1/32: File exists"]
    world.list(7, records.endpoint(5, interface="eth0"))
    world.turns()
    assert "File exists" in str(world.status.wait("libnetwork/other", 7, 0))
    skipped = f"libnetwork/host1-libnetwork-libnetwork-{5:064x}"
    assert "interface eth0 is not ours" in str(world.status.wait(skipped, 7, 0))


def test_the_status_shows_what_is_invalid(world: World) -> None:
    broken = records.policy("broken", selector="((")
    world.list(7, broken)
    world.turns()
    (problem,) = world.status.document()["invalid"]
    assert problem["key"] == broken.key
    assert "spec.selector" in problem["reason"]


def test_what_is_invalid_is_logged_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    broken = records.policy("broken", selector="((")
    world.list(7, broken)
    world.turns()
    world.hear(8, [records.endpoint(1)])
    world.turns()
    told = [record.getMessage() for record in caplog.records if "globalnetworkpolicies/broken" in record.getMessage()]
    assert len(told) == 1
    assert "spec.selector" in told[0]
