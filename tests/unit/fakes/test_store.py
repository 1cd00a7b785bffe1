"""The fake keeps the contract of a store, and does what tests ask of it beyond that."""

import pytest

from ansible_collections.calico.docker.plugins.module_utils import store
from tests.contracts.store import StoreContract
from tests.fakes.store import FakeStore


@pytest.fixture
def opened() -> FakeStore:
    return FakeStore()


class TestContract(StoreContract):
    pass


def test_a_watch_from_before_a_compaction_is_refused(opened: FakeStore) -> None:
    seen = opened.put("/a", {})
    opened.put("/a", {})
    opened.compact()
    with pytest.raises(store.Compacted):
        list(opened.watch("/", seen))


def test_a_watch_from_the_compacted_revision_on_is_fine(opened: FakeStore) -> None:
    seen = opened.put("/a", {})
    opened.compact()
    watch = opened.watch("/", seen)
    opened.put("/b", {})
    assert next(iter(watch))[0].key == "/b"


def test_calls_fail_as_often_as_asked(opened: FakeStore) -> None:
    opened.fail(2)
    for _ in range(2):
        with pytest.raises(store.Unavailable):
            opened.get("/a")
    assert opened.get("/a") is None


def test_a_hook_loses_a_race(opened: FakeStore) -> None:
    opened.before_commit.append(lambda: opened.put("/a", {"by": "another"}))
    with pytest.raises(store.Conflict):
        opened.commit({"/a": {}}, expect={"/a": 0})
    assert opened.documents() == {"/a": {"by": "another"}}
    assert opened.commits == 0


def test_lost_watches_end_with_their_error(opened: FakeStore) -> None:
    watch = opened.watch("/", 1)
    opened.drop_watches()
    with pytest.raises(store.Unavailable):
        list(watch)
