"""What every store does, the one in etcd and the fake alike; each subclass brings the fixture ``opened``."""

from __future__ import annotations

import itertools
import threading

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store


def take(watch: store.Watch, count: int) -> list[store.Event]:
    """The next events; fewer if they do not come in time."""
    limit = threading.Timer(10, watch.close)
    limit.start()
    try:
        return list(itertools.islice(itertools.chain.from_iterable(watch), count))
    finally:
        limit.cancel()


class StoreContract:
    def test_an_absent_key_has_no_record(self, opened: store.Store) -> None:
        assert opened.get("/absent") is None

    def test_a_write_can_be_read_at_its_revision(self, opened: store.Store) -> None:
        revision = opened.commit({"/a": {"text": "größer", "list": [1, None]}})
        record = opened.get("/a")
        assert record == store.Record("/a", '{"text":"größer","list":[1,null]}'.encode(), revision)
        assert record.document() == {"text": "größer", "list": [1, None]}

    def test_a_list_is_sorted_and_stops_at_its_prefix(self, opened: store.Store) -> None:
        revision = opened.commit({"/p/b": {}, "/p/a": {}, "/p0": {}, "/o": {}})
        listing = opened.list("/p/")
        assert [record.key for record in listing.records] == ["/p/a", "/p/b"]
        assert listing.revision == revision

    def test_the_revision_of_a_list_is_the_stores(self, opened: store.Store) -> None:
        opened.commit({"/p/a": {}})
        later = opened.commit({"/other": {}})
        assert opened.list("/p/").revision == later

    def test_a_transaction_writes_everything_at_one_revision(self, opened: store.Store) -> None:
        opened.commit({"/old": {}})
        revision = opened.commit({"/a": {}, "/b": {}}, deletes=["/old", "/never"])
        assert [record.revision for record in opened.list("/").records] == [revision, revision]

    def test_a_key_that_must_be_absent_and_is_there_conflicts(self, opened: store.Store) -> None:
        opened.commit({"/a": {"first": True}})
        with pytest.raises(store.Conflict, match="/a"):
            opened.commit({"/a": {}, "/b": {}}, expect={"/a": 0, "/b": 0})
        assert [record.document() for record in opened.list("/").records] == [{"first": True}]

    def test_a_key_that_has_changed_conflicts(self, opened: store.Store) -> None:
        first = opened.commit({"/a": {}, "/b": {}})
        opened.commit({"/a": {"n": 2}})
        with pytest.raises(store.Conflict) as caught:
            opened.commit({"/b": {"n": 3}}, expect={"/a": first, "/b": first})
        assert caught.value.keys == ("/a",)

    def test_a_key_that_is_gone_conflicts(self, opened: store.Store) -> None:
        first = opened.commit({"/a": {}})
        opened.commit({}, deletes=["/a"])
        with pytest.raises(store.Conflict):
            opened.commit({"/a": {}}, expect={"/a": first})

    def test_a_new_key_under_a_prefix_conflicts(self, opened: store.Store) -> None:
        revision = opened.list("/p/").revision
        opened.commit({"/p/new": {}})
        with pytest.raises(store.Conflict) as caught:
            opened.commit({"/q": {}}, unchanged={"/p/": revision})
        assert caught.value.keys == ("/p/new",)

    def test_a_write_beside_a_prefix_does_not_conflict(self, opened: store.Store) -> None:
        opened.commit({"/p/a": {}})
        revision = opened.list("/p/").revision
        opened.commit({"/p0": {}, "/o": {}})
        assert opened.commit({"/q": {}}, unchanged={"/p/": revision}) > revision

    def test_one_key_cannot_be_written_twice(self, opened: store.Store) -> None:
        with pytest.raises(store.StoreError, match="duplicate"):
            opened.commit({"/a": {}}, deletes=["/a"])

    def test_a_watch_starts_after_its_revision(self, opened: store.Store) -> None:
        seen = opened.commit({"/p/a": {"n": 1}})
        second = opened.commit({"/p/a": {"n": 2}})
        third = opened.commit({}, deletes=["/p/a"])
        watch = opened.watch("/p/", seen)
        assert take(watch, 2) == [
            store.Event("/p/a", b'{"n":2}', second),
            store.Event("/p/a", None, third),
        ]
        watch.close()

    def test_a_watch_of_several_prefixes_keeps_one_order(self, opened: store.Store) -> None:
        revision = opened.list("/").revision
        watch = opened.watch(["/r/", "/p/"], revision)
        for number in range(20):
            opened.commit({f"/{'pqr'[number % 3]}/{number:02}": {}})
        last = opened.commit({"/p/end": {}, "/r/end": {}})
        numbers = [number for number in range(20) if number % 3 != 1]
        events = take(watch, len(numbers) + 2)
        watch.close()
        assert [event.key for event in events[:-2]] == [f"/{'pqr'[number % 3]}/{number:02}" for number in numbers]
        assert {(event.key, event.revision) for event in events[-2:]} == {("/p/end", last), ("/r/end", last)}

    def test_a_watch_tells_of_a_transaction_in_one_piece(self, opened: store.Store) -> None:
        watch = opened.watch(["/r/", "/p/"], opened.commit({"/p/old": {}}))
        opened.commit({"/p/a": {}, "/q/a": {}, "/r/a": {}}, deletes=["/p/old"])
        limit = threading.Timer(10, watch.close)
        limit.start()
        events = next(iter(watch), ())
        limit.cancel()
        watch.close()
        assert sorted((event.key, event.value) for event in events) == [
            ("/p/a", b"{}"),
            ("/p/old", None),
            ("/r/a", b"{}"),
        ]

    def test_a_watch_tells_of_changes_while_it_waits(self, opened: store.Store) -> None:
        watch = opened.watch("/p/", opened.list("/").revision)
        writer = threading.Timer(0.05, lambda: opened.commit({"/p/a": {}}))
        writer.start()
        assert [event.key for event in take(watch, 1)] == ["/p/a"]
        writer.join()
        watch.close()

    def test_closing_a_watch_ends_it_quietly(self, opened: store.Store) -> None:
        watch = opened.watch("/p/", opened.list("/").revision)
        closer = threading.Timer(0.05, watch.close)
        closer.start()
        assert list(watch) == []
        closer.join()
