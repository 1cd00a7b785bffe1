"""The store in etcd."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from . import interface, ranges, transactions
from .config import Config
from .connection import Connection, Member
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
        unchanged: Mapping[str, int] | None = None,
    ) -> int:
        wanted = transactions.Transaction(
            puts={key: interface.encode(document) for key, document in puts.items()},
            deletes=tuple(deletes),
            expect=expect or {},
            unchanged=unchanged or {},
        )
        request = wanted.request()
        sent = 0

        def send(member: Member, timeout: float) -> Any:
            nonlocal sent
            sent += 1
            return member.kv.Txn(request, timeout=timeout, metadata=member.login(timeout))

        answer = self._connection.call(send)
        # An attempt whose answer was lost may have been carried out: then this one finds its own writes.
        return wanted.outcome(answer, repeated=sent > 1)

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


def _record(found: Any) -> interface.Record:
    return interface.Record(found.key.decode(errors="surrogateescape"), found.value, found.mod_revision)
