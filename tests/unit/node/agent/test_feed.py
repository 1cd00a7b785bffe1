"""The feed: list, then watch; again from the list after every break; nothing missed between them."""

import time
from collections.abc import Callable, Iterator

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model import resources, snapshot_builder
from ansible_collections.calico.docker.plugins.module_utils.model.snapshots import Snapshot
from calico_node.agent.feed import Feed
from calico_node.agent.inbox import Batch, Inbox
from tests.fakes.store import FakeStore
from tests.states import records

FIRST = records.network("frontend")
SECOND = records.network("backend")
AFFINITY = records.affinity("host1", "10.65.0.0/26")


class Follower:
    """A feed on a fake store, and the snapshot that comes of it."""

    def __init__(self, fake: FakeStore) -> None:
        self.fake = fake
        self.inbox = Inbox()
        self.connected = False
        self.listings = 0
        self.snapshot: Snapshot | None = None
        self.feed = Feed(fake, self.inbox, pause=0.001)
        self.thread = self.feed.start()

    def until(self, right: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not right():
            assert time.monotonic() < deadline
            self.inbox.wait(0.05)
            self._take()

    def _take(self) -> None:
        batch = self.inbox.take()
        self.connected = batch.connected
        if batch.listing is not None:
            self.listings += 1
            self.snapshot = snapshot_builder.build(batch.listing.records, batch.listing.revision)
        if batch.events:
            assert self.snapshot is not None
            self.snapshot = snapshot_builder.apply(self.snapshot, batch.events, batch.events[-1].revision)

    def has(self, *names: str) -> bool:
        return self.snapshot is not None and set(self.snapshot.profiles) == set(names)


@pytest.fixture
def fake() -> FakeStore:
    made = FakeStore()
    put(made, FIRST)
    return made


@pytest.fixture
def follower(fake: FakeStore) -> Iterator[Follower]:
    made = Follower(fake)
    yield made
    made.feed.stop()
    made.thread.join(10)
    assert not made.thread.is_alive()


def until(right: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not right():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def put(fake: FakeStore, change: records.Change) -> None:
    fake.put(change.key, change.value or b"")


def test_it_lists_and_then_hears(fake: FakeStore, follower: Follower) -> None:
    follower.until(lambda: follower.has("frontend"))
    put(fake, SECOND)
    put(fake, AFFINITY)
    follower.until(lambda: follower.has("frontend", "backend"))
    follower.until(lambda: bool(follower.snapshot and follower.snapshot.affinities))
    fake.delete(FIRST.key)
    follower.until(lambda: follower.has("backend"))
    assert follower.listings == 1


class Impatient(Inbox):
    """Everything is taken from it at once: the loop as fast as can be."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[Batch] = []

    def _notify(self) -> None:
        super()._notify()
        self.batches.append(self.take())


def test_a_transaction_is_not_taken_in_halves(fake: FakeStore) -> None:
    inbox = Impatient()
    feed = Feed(fake, inbox)
    thread = feed.start()
    until(lambda: bool(inbox.batches))
    fake.commit({SECOND.key: {}, AFFINITY.key: {}}, deletes=[FIRST.key])
    until(lambda: len(inbox.batches) > 1)
    feed.stop()
    thread.join(10)
    assert {event.key for event in inbox.batches[1].events} == {FIRST.key, SECOND.key, AFFINITY.key}


def test_after_a_lost_connection_it_lists_again(fake: FakeStore, follower: Follower) -> None:
    follower.until(lambda: follower.connected)
    fake.fail(3)
    fake.drop_watches()
    fake.delete(FIRST.key)
    put(fake, SECOND)
    follower.until(lambda: follower.has("backend"))
    assert follower.connected


def test_after_a_compaction_it_lists_again(fake: FakeStore, follower: Follower) -> None:
    follower.until(lambda: follower.connected)
    put(fake, SECOND)
    fake.compact()
    fake.drop_watches(store.Compacted(fake.revision))
    follower.until(lambda: follower.has("frontend", "backend"))


def test_an_agent_that_starts_before_etcd_waits_for_it(fake: FakeStore) -> None:
    fake.fail(5)
    follower = Follower(fake)
    follower.until(lambda: follower.has("frontend"))
    follower.feed.stop()
    follower.thread.join(10)


def test_after_a_long_outage_it_is_back_soon(fake: FakeStore) -> None:
    fake.fail(100)
    inbox = Inbox()
    feed = Feed(fake, inbox, pause=0.001, longest=0.002)
    thread = feed.start()
    until(lambda: inbox.take().connected)
    feed.stop()
    thread.join(10)


class Racing(FakeStore):
    """Somebody writes between the first listing and the second."""

    def list(self, prefix: str) -> store.Listing:
        listing = super().list(prefix)
        if prefix == resources.PREFIX and SECOND.key not in self.documents():
            put(self, SECOND)
        return listing


def test_what_is_written_between_the_listings_is_not_missed() -> None:
    fake = Racing()
    put(fake, FIRST)
    follower = Follower(fake)
    follower.until(lambda: follower.has("frontend", "backend"))
    follower.feed.stop()
    follower.thread.join(10)
