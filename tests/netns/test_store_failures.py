"""The store when members of etcd die, hang, lose the cluster, or lose an answer: bounded, and never wrong."""

from __future__ import annotations

import pathlib
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from tests.contracts.store import take

from . import etcds

NOTICED = 15.0  # seconds within which a watch knows that its member is gone: keepalive and some reserve


@pytest.fixture
def members(tmp_path: pathlib.Path) -> Iterator[list[etcds.Member]]:
    found = [etcds.Member(tmp_path, f"m{number}") for number in range(3)]
    with etcds.running(*found):
        yield found


def opened(*members: etcds.Member) -> store.Store:
    return store.open(store.Config(endpoints=tuple(member.url for member in members)))


def end_of(watch: store.Watch) -> store.StoreError:
    """The error that ends a watch, in time."""
    limit = threading.Timer(NOTICED, watch.close)
    limit.start()
    try:
        for _events in watch:
            pass
    except store.StoreError as error:
        return error
    finally:
        limit.cancel()
    raise AssertionError(f"the watch noticed nothing in {NOTICED} s")


def test_members_are_killed_one_by_one(members: list[etcds.Member]) -> None:
    first, second, third = members
    with opened(*members) as found:
        watch = found.watch("/", found.commit({"/a": {"n": 0}}))
        first.kill()
        assert isinstance(end_of(watch), store.Unavailable)
        found.commit({"/a": {"n": 1}})
        assert found.list("/").records[0].document() == {"n": 1}
        first.start(",".join(member.peer() for member in members))
        second.kill()
        found.commit({"/a": {"n": 2}})
        third.kill()
        started = time.monotonic()
        with pytest.raises(store.Unavailable) as caught:
            found.commit({"/a": {"n": 3}})
        assert time.monotonic() - started < 7
        assert all(member.url in str(caught.value) for member in members)


def test_a_watch_goes_on_at_another_member_without_a_gap(members: list[etcds.Member]) -> None:
    with opened(*members) as found:
        seen = found.commit({"/n": {"n": 0}})
        watch = found.watch("/", seen)
        members[0].kill()
        found.commit({"/n": {"n": 1}})
        end_of(watch)
        found.commit({"/n": {"n": 2}})
        again = found.watch("/", seen)
        values = [event.value for event in take(again, 2)]
        again.close()
    assert values == [b'{"n":1}', b'{"n":2}']


def test_a_member_that_hangs_is_left(members: list[etcds.Member]) -> None:
    with opened(*members) as found:
        watch = found.watch("/", found.commit({"/a": {}}))
        members[0].send(signal.SIGSTOP)
        started = time.monotonic()
        found.commit({"/a": {"n": 1}})
        assert time.monotonic() - started < 5
        assert isinstance(end_of(watch), store.Unavailable)


def test_a_member_that_loses_the_cluster_ends_its_watches(members: list[etcds.Member]) -> None:
    with opened(members[0]) as found:
        watch = found.watch("/", found.commit({"/a": {}}))
        members[1].kill()
        members[2].kill()
        assert "no leader" in str(end_of(watch))
        with pytest.raises(store.Unavailable):
            found.get("/a")


def test_nobody_answers(tmp_path: pathlib.Path) -> None:
    member = etcds.Member(tmp_path, "m0")
    config = store.Config(endpoints=(member.url,), timeout=1.5)
    for call in (lambda: store.open(config).get("/a"), lambda: store.open(config).watch("/", 1)):
        started = time.monotonic()
        with pytest.raises(store.Unavailable, match=rf"within 1\.5 s \({member.url}: .*refused"):
            call()
        assert time.monotonic() - started < 3


def test_etcd_comes_while_it_is_waited_for(tmp_path: pathlib.Path) -> None:
    member = etcds.Member(tmp_path, "m0")
    with opened(member) as found:
        starter = threading.Timer(0.5, member.start)
        starter.start()
        try:
            assert found.get("/a") is None
        finally:
            starter.join()
            member.kill()


class TestLostAnswers:
    """A transaction that etcd has carried out and could not tell of is neither made twice nor called a conflict."""

    @pytest.fixture
    def member(self, tmp_path: pathlib.Path) -> Iterator[etcds.Member]:
        found = etcds.Member(tmp_path, "m0")
        with etcds.running(found):
            yield found

    @pytest.fixture
    def wire(self, member: etcds.Member) -> Iterator[etcds.Wire]:
        found = etcds.Wire(member.port)
        yield found
        found.close()

    @pytest.fixture
    def found(self, member: etcds.Member, wire: etcds.Wire) -> Iterator[store.Store]:
        endpoints = (f"http://127.0.0.1:{wire.port}", member.url)
        with store.open(store.Config(endpoints=endpoints, timeout=3)) as made:
            made.get("/warm")
            yield made

    def test_a_new_key(self, found: store.Store, wire: etcds.Wire) -> None:
        wire.deaf.set()
        revision = found.commit({"/a": {"n": 1}, "/b": {"n": 1}}, expect={"/a": 0, "/b": 0})
        record = found.get("/a")
        assert record is not None
        assert record.revision == revision
        with pytest.raises(store.Conflict):
            found.commit({"/a": {"n": 1}}, expect={"/a": 0})

    def test_a_deletion(self, found: store.Store, wire: etcds.Wire) -> None:
        revision = found.commit({"/a": {}})
        wire.deaf.set()
        assert found.commit({}, deletes=["/a"], expect={"/a": revision}) > revision
        assert found.get("/a") is None

    def test_a_real_conflict_stays_one(self, found: store.Store, wire: etcds.Wire) -> None:
        found.commit({"/a": {"by": "another"}})
        wire.deaf.set()
        with pytest.raises(store.Conflict):
            found.commit({"/a": {"by": "me"}}, expect={"/a": 0})

    def test_a_watch_behind_a_dead_wire_ends(self, found: store.Store, wire: etcds.Wire) -> None:
        watch = found.watch("/", 1)
        wire.deaf.set()
        assert isinstance(end_of(watch), store.Unavailable)
