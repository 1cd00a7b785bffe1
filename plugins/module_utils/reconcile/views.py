"""The store as it was read once, with what is about to be written: many decisions from a few reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from types import TracebackType

from ansible_collections.calico.docker.plugins.module_utils import store as stores
from ansible_collections.calico.docker.plugins.module_utils.model import kinds, resources

PENDING = -1  # the revision of what is not written yet


@dataclasses.dataclass(slots=True)
class View:
    """A store to decide on. Whole kinds are read when one of them is asked for, and once."""

    store: stores.Store
    _records: dict[str, dict[str, stores.Record]] = dataclasses.field(default_factory=dict)
    _revisions: dict[str, int] = dataclasses.field(default_factory=dict)

    def foresee(self, key: str, document: stores.Document | None) -> None:
        """What later decisions find under a resource's key, None for nothing."""
        if (prefix := _prefix(key)) is None:
            return
        found = self._read(prefix)
        if document is None:
            found.pop(key, None)
        else:
            found[key] = stores.Record(key, stores.encode(document), PENDING)

    def get(self, key: str) -> stores.Record | None:
        prefix = _prefix(key)
        return self.store.get(key) if prefix is None else self._read(prefix).get(key)

    def list(self, prefix: str) -> stores.Listing:
        found = self._read(prefix)
        return stores.Listing(tuple(found[key] for key in sorted(found)), self._revisions[prefix])

    def commit(
        self,
        puts: Mapping[str, stores.Document],
        deletes: Iterable[str] = (),
        expect: Mapping[str, int] | None = None,
        unchanged: Mapping[str, int] | None = None,
    ) -> int:
        return self.store.commit(puts, deletes, expect, unchanged)

    def watch(self, prefixes: str | Iterable[str], revision: int) -> stores.Watch:
        return self.store.watch(prefixes, revision)

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> View:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, prefix: str) -> dict[str, stores.Record]:
        if prefix not in self._records:
            listing = self.store.list(prefix)
            self._records[prefix] = {record.key: record for record in listing.records}
            self._revisions[prefix] = listing.revision
        return self._records[prefix]


def _prefix(key: str) -> str | None:
    """The prefix of the kind that a resource's key is of; None for other keys."""
    parts = kinds.parse_key(key)
    return None if parts is None else resources.prefix_of(parts.kind)
