"""The store against real etcd: the contract, large amounts, and compaction."""

from __future__ import annotations

import pathlib
import threading
from collections.abc import Iterator

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from tests.contracts.store import StoreContract, take

from . import etcds


@pytest.fixture(scope="module")
def member(tmp_path_factory: pytest.TempPathFactory) -> Iterator[etcds.Member]:
    found = etcds.Member(tmp_path_factory.mktemp("etcd"), "m0")
    with etcds.running(found):
        yield found


@pytest.fixture
def opened(member: etcds.Member) -> Iterator[store.Store]:
    with store.open(store.Config(endpoints=(member.url,))) as found:
        yield found
        keys = [record.key for record in found.list("/").records]
        for batch in (keys[start : start + 100] for start in range(0, len(keys), 100)):
            found.commit({}, deletes=batch)


class TestContract(StoreContract):
    pass


def fill(opened: store.Store, count: int) -> None:
    for start in range(0, count, 100):
        opened.commit({f"/large/{number:05}": {"text": "x" * 1000} for number in range(start, start + 100)})


def test_large_lists_and_watches_are_whole(opened: store.Store) -> None:
    before = opened.list("/").revision
    fill(opened, 10000)
    keys = [f"/large/{number:05}" for number in range(10000)]
    assert [record.key for record in opened.list("/large/").records] == keys
    watch = opened.watch("/large/", before)
    seen = take(watch, 10000)
    watch.close()
    assert sorted(event.key for event in seen) == keys
    assert [event.revision for event in seen] == sorted(event.revision for event in seen)


def test_more_operations_than_etcd_takes_are_refused(opened: store.Store) -> None:
    with pytest.raises(store.StoreError, match="too many operations"):
        opened.commit({f"/many/{number}": {} for number in range(129)})


def test_a_watch_from_before_a_compaction_is_refused(opened: store.Store, member: etcds.Member) -> None:
    seen = opened.commit({"/a": {}})
    last = opened.commit({"/a": {}})
    member.ask("kv/compaction", {"revision": last, "physical": True})
    with pytest.raises(store.Compacted) as caught:
        list(opened.watch("/", seen - 1))
    assert caught.value.revision == last
    watch = opened.watch("/", last)
    opened.commit({"/b": {}})
    assert take(watch, 1)[0].key == "/b"
    watch.close()


def test_threads_share_a_store(opened: store.Store) -> None:
    """Each counts a common counter up by compare-and-swap: none of the steps is lost."""
    opened.commit({"/counter": {"n": 0}})

    def count() -> None:
        for _ in range(25):
            step()

    def step() -> None:
        while True:
            record = opened.get("/counter")
            assert record is not None
            try:
                opened.commit({"/counter": {"n": record.document()["n"] + 1}}, expect={"/counter": record.revision})
            except store.Conflict:
                continue
            return

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record = opened.get("/counter")
    assert record is not None
    assert record.document() == {"n": 100}


def test_a_closed_store_says_so(member: etcds.Member) -> None:
    opened = store.open(store.Config(endpoints=(member.url,)))
    opened.close()
    with pytest.raises(store.Unavailable, match="closed"):
        opened.get("/a")


def test_channels_do_not_pile_up(member: etcds.Member) -> None:
    """A store whose first endpoint is always dead turns to the next one without leaving sockets behind."""
    dead = f"http://127.0.0.1:{etcds.free_port()}"
    open_files = pathlib.Path("/proc/self/fd")
    with store.open(store.Config(endpoints=(dead, member.url))) as opened:
        opened.get("/a")
        before = len(list(open_files.iterdir()))
        for _ in range(50):
            watch = opened.watch("/", 1)
            watch.close()
            opened.get("/a")
        assert len(list(open_files.iterdir())) <= before + 10
