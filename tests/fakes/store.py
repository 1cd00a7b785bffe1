"""The store in memory: etcd's revisions, conflicts, history and compaction, and failures on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType

from ansible_collections.calico.docker.plugins.module_utils import store

MOST_OPERATIONS = 128  # of one transaction, etcd's limit


class FakeStore:
    """Implements ``store.Store``. Start it with ``documents`` by key."""

    def __init__(self, documents: Mapping[str, store.Document] | None = None) -> None:
        self.revision = 1
        self.commits = 0  # transactions that were carried out
        self.before_commit: list[Callable[[], object]] = []  # each runs once, before one commit: to lose a race
        self._records: dict[str, store.Record] = {}
        self._history: list[store.Event] = []
        self._compacted = 0
        self._failures: list[store.StoreError] = []
        self._watches: list[FakeWatch] = []
        self._changed = threading.Condition(threading.RLock())
        for key, document in (documents or {}).items():
            self.put(key, document)

    # What tests ask of it.

    def fail(self, times: int, error: store.StoreError | None = None) -> None:
        """Fail the next calls."""
        self._failures += [error or store.Unavailable("etcd does not answer")] * times

    def recover(self) -> None:
        """No further call fails."""
        self._failures.clear()

    def put(self, key: str, document: store.Document | bytes) -> int:
        """Write as another client would: without failures, hooks or counting."""
        value = document if isinstance(document, bytes) else store.encode(document)
        return self._write({key: value}, ())

    def delete(self, key: str) -> int:
        """Delete as another client would."""
        return self._write({}, (key,))

    def compact(self) -> None:
        """Forget all history up to now."""
        with self._changed:
            self._compacted = self.revision
            self._history.clear()

    def drop_watches(self, error: store.StoreError | None = None) -> None:
        """End all watches as a lost connection does."""
        with self._changed:
            for watch in self._watches:
                watch.error = error or store.Unavailable("lost etcd")
            self._changed.notify_all()

    def documents(self) -> dict[str, object]:
        """Everything stored, decoded."""
        return {key: record.document() for key, record in sorted(self._records.items())}

    # What store.Store asks of it.

    def get(self, key: str) -> store.Record | None:
        with self._changed:
            self._maybe_fail()
            return self._records.get(key)

    def list(self, prefix: str) -> store.Listing:
        with self._changed:
            self._maybe_fail()
            found = [record for key, record in sorted(self._records.items()) if key.startswith(prefix)]
            return store.Listing(tuple(found), self.revision)

    def commit(
        self,
        puts: Mapping[str, store.Document],
        deletes: Iterable[str] = (),
        expect: Mapping[str, int] | None = None,
        unchanged: Mapping[str, int] | None = None,
    ) -> int:
        values = {key: store.encode(document) for key, document in puts.items()}
        gone = tuple(deletes)
        if set(gone) & set(values) or len(set(gone)) != len(gone):
            raise store.StoreError("etcd refuses the request: duplicate key given in txn request")
        if max(len(values) + len(gone), len(expect or {}) + len(unchanged or {})) > MOST_OPERATIONS:
            raise store.StoreError("etcd refuses the request: too many operations in txn request")
        with self._changed:
            self._maybe_fail()
            if self.before_commit:
                self.before_commit.pop(0)()
            wrong = [key for key, revision in (expect or {}).items() if self._revision_of(key) != revision]
            wrong += [key for key in self._records if self._is_late(key, unchanged or {}) and key not in wrong]
            if wrong:
                raise store.Conflict(wrong)
            self.commits += 1
            return self._write(values, gone)

    def watch(self, prefixes: str | Iterable[str], revision: int) -> FakeWatch:
        with self._changed:
            self._maybe_fail()
            watch = FakeWatch(self, (prefixes,) if isinstance(prefixes, str) else tuple(prefixes), revision)
            self._watches.append(watch)
            return watch

    def close(self) -> None:
        self.drop_watches(store.Unavailable("the store is closed"))

    def __enter__(self) -> FakeStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _maybe_fail(self) -> None:
        if self._failures:
            raise self._failures.pop(0)

    def _revision_of(self, key: str) -> int:
        return self._records[key].revision if key in self._records else 0

    def _is_late(self, key: str, unchanged: Mapping[str, int]) -> bool:
        return any(key.startswith(prefix) and self._revision_of(key) > limit for prefix, limit in unchanged.items())

    def _write(self, values: Mapping[str, bytes], gone: Iterable[str]) -> int:
        with self._changed:
            present = [key for key in gone if key in self._records]
            if not values and not present:
                return self.revision  # as etcd: nothing changed, no new revision
            self.revision += 1
            for key, value in values.items():
                self._records[key] = store.Record(key, value, self.revision)
                self._history.append(store.Event(key, value, self.revision))
            for key in present:
                del self._records[key]
                self._history.append(store.Event(key, None, self.revision))
            self._changed.notify_all()
            return self.revision


class FakeWatch:
    """Implements ``store.Watch``."""

    def __init__(self, fake: FakeStore, prefixes: tuple[str, ...], revision: int) -> None:
        self.error: store.StoreError | None = None
        self._fake = fake
        self._prefixes = prefixes
        self._seen = revision
        self._closed = False

    def __iter__(self) -> Iterator[tuple[store.Event, ...]]:
        while events := self._next():
            yield events

    def close(self) -> None:
        with self._fake._changed:
            self._closed = True
            self._fake._changed.notify_all()

    def _next(self) -> tuple[store.Event, ...]:
        """The next events; none when closed."""
        with self._fake._changed:
            while not self._closed:
                if self.error is not None:
                    raise self.error
                if self._seen < self._fake._compacted:
                    raise store.Compacted(self._fake._compacted)
                found = [event for event in self._fake._history if event.revision > self._seen]
                self._seen = max(self._seen, self._fake.revision)
                if wanted := tuple(event for event in found if event.key.startswith(self._prefixes)):
                    return wanted
                self._fake._changed.wait()
            return ()
