"""The store in etcd."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from . import interface, ranges
from .config import Config
from .connection import Connection, Member
from .errors import Conflict
from .library import etcdrpc
from .watching import EtcdWatch, open_watch


class EtcdStore:
    """See ``interface.Store``."""

    def __init__(self, config: Config) -> None:
        self._connection = Connection(config)

    def get(self, key: str) -> interface.Record | None:
        answer = self._range(etcdrpc.RangeRequest(key=key.encode()))
        return _record(answer.kvs[0]) if answer.kvs else None

    def list(self, prefix: str) -> interface.Listing:
        request = etcdrpc.RangeRequest(key=prefix.encode(), range_end=ranges.end_of(prefix.encode()))
        answer = self._range(request)
        # etcd's own order without a sort is that of the keys.
        return interface.Listing(tuple(map(_record, answer.kvs)), answer.header.revision)

    def commit(
        self,
        puts: Mapping[str, interface.Document],
        deletes: Iterable[str] = (),
        expect: Mapping[str, int] | None = None,
    ) -> int:
        values = {key: interface.encode(document) for key, document in puts.items()}
        gone = tuple(deletes)
        request = _transaction(values, gone, expect or {})
        sent = 0

        def send(member: Member, timeout: float) -> Any:
            nonlocal sent
            sent += 1
            return member.kv.Txn(request, timeout=timeout, metadata=member.login(timeout))

        answer = self._connection.call(send)
        revision: int = answer.header.revision
        if answer.succeeded:
            return revision
        found = {record.key: record for record in map(_record, _ranged(answer))}
        # An attempt whose answer was lost may have been carried out: then ours is what stands there.
        if sent > 1 and (written := _written(found, values, gone)):
            return written
        changed = [key for key, wanted in (expect or {}).items() if _revision(found.get(key)) != wanted]
        raise Conflict(changed or expect or {})

    def watch(self, prefixes: str | Iterable[str], revision: int) -> EtcdWatch:
        wanted = (prefixes,) if isinstance(prefixes, str) else tuple(prefixes)
        return open_watch(self._connection, wanted, revision)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> EtcdStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _range(self, request: Any) -> Any:
        return self._connection.call(
            lambda member, timeout: member.kv.Range(request, timeout=timeout, metadata=member.login(timeout))
        )


def _transaction(values: Mapping[str, bytes], gone: tuple[str, ...], expect: Mapping[str, int]) -> Any:
    """All of the writes if all expectations hold, else what stands in the keys concerned."""
    compare = [
        etcdrpc.Compare(
            result=etcdrpc.Compare.EQUAL, target=etcdrpc.Compare.MOD, key=key.encode(), mod_revision=revision
        )
        for key, revision in expect.items()
    ]
    writes = [
        etcdrpc.RequestOp(request_put=etcdrpc.PutRequest(key=key.encode(), value=value))
        for key, value in values.items()
    ]
    writes += [etcdrpc.RequestOp(request_delete_range=etcdrpc.DeleteRangeRequest(key=key.encode())) for key in gone]
    reads = [
        etcdrpc.RequestOp(request_range=etcdrpc.RangeRequest(key=key.encode()))
        for key in dict.fromkeys((*expect, *values, *gone))
    ]
    return etcdrpc.TxnRequest(compare=compare, success=writes, failure=reads)


def _ranged(answer: Any) -> Iterable[Any]:
    return (found for part in answer.responses for found in part.response_range.kvs)


def _written(found: Mapping[str, interface.Record], values: Mapping[str, bytes], gone: tuple[str, ...]) -> int:
    """The revision at which exactly these writes were made; 0 if they were not."""
    if any(key in found for key in gone):
        return 0
    if any(key not in found or found[key].value != value for key, value in values.items()):
        return 0
    revisions = {found[key].revision for key in values}
    return revisions.pop() if len(revisions) == 1 else 0


def _revision(record: interface.Record | None) -> int:
    return 0 if record is None else record.revision


def _record(found: Any) -> interface.Record:
    return interface.Record(found.key.decode(errors="surrogateescape"), found.value, found.mod_revision)
