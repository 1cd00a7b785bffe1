"""One etcd transaction: conditions, writes, and what its answer means."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from . import ranges
from .errors import Conflict
from .library import etcdrpc


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """All of the writes if all conditions hold, else a look at the keys concerned."""

    puts: Mapping[str, bytes]
    deletes: tuple[str, ...]
    expect: Mapping[str, int]
    unchanged: Mapping[str, int]

    def request(self) -> Any:
        return etcdrpc.TxnRequest(compare=self._conditions(), success=self._writes(), failure=self._looks())

    def outcome(self, answer: Any, *, repeated: bool) -> int:
        """The revision of the writes; raises Conflict. ``repeated`` if it may have been carried out before."""
        if answer.succeeded:
            return int(answer.header.revision)
        found = {kv.key.decode(): kv for part in answer.responses for kv in part.response_range.kvs}
        if repeated and self._are_made(found):
            revisions = {found[key].mod_revision for key in self.puts}
            return int(max(revisions, default=answer.header.revision))
        changed = [key for key, wanted in self.expect.items() if _revision(found.get(key)) != wanted]
        raise Conflict(changed + [key for key in found if self._is_late(key, found[key].mod_revision)])

    def _conditions(self) -> Iterable[Any]:
        for key, revision in self.expect.items():
            yield _compare(result=etcdrpc.Compare.EQUAL, key=key.encode(), mod_revision=revision)
        for prefix, revision in self.unchanged.items():
            end = ranges.end_of(prefix.encode())
            yield _compare(result=etcdrpc.Compare.LESS, key=prefix.encode(), range_end=end, mod_revision=revision + 1)

    def _writes(self) -> Iterable[Any]:
        for key, value in self.puts.items():
            yield etcdrpc.RequestOp(request_put=etcdrpc.PutRequest(key=key.encode(), value=value))
        for key in self.deletes:
            yield etcdrpc.RequestOp(request_delete_range=etcdrpc.DeleteRangeRequest(key=key.encode()))

    def _looks(self) -> Iterable[Any]:
        for key in dict.fromkeys((*self.expect, *self.puts, *self.deletes)):
            yield etcdrpc.RequestOp(request_range=etcdrpc.RangeRequest(key=key.encode()))
        for prefix, revision in self.unchanged.items():
            later = etcdrpc.RangeRequest(
                key=prefix.encode(),
                range_end=ranges.end_of(prefix.encode()),
                min_mod_revision=revision + 1,
                limit=10,
            )
            yield etcdrpc.RequestOp(request_range=later)

    def _are_made(self, found: Mapping[str, Any]) -> bool:
        """Whether exactly these writes are what stands in the store."""
        made = all(key in found and found[key].value == value for key, value in self.puts.items())
        return made and not any(key in found for key in self.deletes)

    def _is_late(self, key: str, revision: int) -> bool:
        return key not in self.expect and any(
            key.startswith(prefix) and revision > limit for prefix, limit in self.unchanged.items()
        )


def _compare(**condition: Any) -> Any:
    return etcdrpc.Compare(target=etcdrpc.Compare.MOD, **condition)


def _revision(kv: Any) -> int:
    return 0 if kv is None else kv.mod_revision
