"""What a store offers. etcd implements it in ``etcd``, the tests in ``tests/fakes/store.py``."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Protocol

from ansible_collections.calico.docker.plugins.module_utils.model import errors

Document = Mapping[str, Any] | list[Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """A stored key; ``revision`` is etcd's mod_revision, Calico's resourceVersion."""

    key: str
    value: bytes
    revision: int

    def document(self) -> Any:
        """The value as JSON; raises the model's Invalid."""
        try:
            return json.loads(self.value)
        except (ValueError, RecursionError) as error:  # JSON and UTF-8 alike
            raise errors.Invalid.of(self.value, f"is not JSON ({error})", self.key) from None


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """Records sorted by key, all as of one ``revision`` of the store; watch from there."""

    records: tuple[Record, ...]
    revision: int


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """A key's new value, None when deleted, at the revision of that change."""

    key: str
    value: bytes | None
    revision: int


class Watch(Protocol):
    """Every change, once and in order. Ends quietly after ``close``, else by Compacted, Unavailable or Denied.

    The changes of one transaction come together, perhaps with later ones. Iterate it once, from one thread.
    """

    def __iter__(self) -> Iterator[tuple[Event, ...]]: ...

    def close(self) -> None:
        """End the iteration, from any thread."""


class Store(Protocol):
    """The datastore; safe to share between threads. Every call ends in time, by an answer or a StoreError."""

    def get(self, key: str) -> Record | None:
        """The record of a key."""

    def list(self, prefix: str) -> Listing:
        """All records below a prefix."""

    def commit(
        self,
        puts: Mapping[str, Document],
        deletes: Iterable[str] = (),
        expect: Mapping[str, int] | None = None,
        unchanged: Mapping[str, int] | None = None,
    ) -> int:
        """Write all or nothing and return the revision; Conflict if a condition does not hold.

        ``expect`` maps keys to the revisions that they must still have, 0 for absent. ``unchanged`` maps
        prefixes to the revision after which nothing may have been written below them (deletions do not count).
        """

    def watch(self, prefixes: str | Iterable[str], revision: int) -> Watch:
        """The changes after ``revision``, in one order over all prefixes."""

    def close(self) -> None:
        """Let go of the connection."""

    def __enter__(self) -> Store: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def encode(document: Document) -> bytes:
    """The bytes that are stored for a document, as compact as upstream's."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
