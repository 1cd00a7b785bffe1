"""A watch on etcd: one stream on a channel of its own, noticed within seconds when its member dies."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from . import failures, interface, ranges
from .connection import Connection, Member
from .errors import Compacted, Unavailable
from .library import etcdrpc, grpc

# Asks a member to end the stream when it loses the cluster: else it would stay silent.
_REQUIRE_LEADER = (("hasleader", "true"),)


class EtcdWatch:
    """See ``interface.Watch``."""

    def __init__(self, member: Member, stream: Any, prefixes: tuple[bytes, ...], closed: threading.Event) -> None:
        self._member = member
        self._stream = stream
        self._prefixes = prefixes
        self._closed = closed

    def __iter__(self) -> Iterator[tuple[interface.Event, ...]]:
        try:
            for answer in self._stream:
                _refuse_end(answer)
                # Whole revisions, as long as nobody asks etcd for fragments.
                if events := tuple(self._wanted(answer.events)):
                    yield events
        except grpc.RpcError as error:
            if self._closed.is_set():
                return
            failures.raise_final(error)
            raise Unavailable(f"lost etcd at {self._member.endpoint}: {failures.reason(error)}") from error
        finally:
            self.close()

    def _wanted(self, events: Iterable[Any]) -> Iterator[interface.Event]:
        return (_event(event) for event in events if event.kv.key.startswith(self._prefixes))

    def close(self) -> None:
        self._closed.set()
        self._stream.cancel()
        self._member.channel.close()


def open_watch(connection: Connection, prefixes: tuple[str, ...], revision: int) -> EtcdWatch:
    """A watch that etcd has confirmed. Raises Unavailable, Denied.

    Several prefixes are one watch over the range that spans them: only within one watch does etcd
    keep the order of changes. What lies between them is dropped here.
    """
    wanted = tuple(prefix.encode() for prefix in prefixes)
    first, end = ranges.spanning(wanted)
    request = etcdrpc.WatchRequest(
        create_request=etcdrpc.WatchCreateRequest(key=first, range_end=end, start_revision=revision + 1)
    )

    def send(member: Member, timeout: float) -> EtcdWatch:
        closed = threading.Event()
        stream = member.watches.Watch(_requests(request, closed), metadata=member.login(timeout) + _REQUIRE_LEADER)
        # The stream itself has no deadline, so its first answer gets one here.
        timer = threading.Timer(timeout, stream.cancel)
        timer.start()
        try:
            _refuse_end(next(stream))
        except BaseException:
            closed.set()
            stream.cancel()
            raise
        finally:
            timer.cancel()
        return EtcdWatch(member, stream, wanted, closed)

    return connection.call(send, fresh=True)


def _requests(request: Any, closed: threading.Event) -> Iterator[Any]:
    """One request, and a stream that stays open until the watch is closed."""
    yield request
    closed.wait()


def _refuse_end(answer: Any) -> None:
    """Raise what an answer says that ends the watch."""
    if answer.compact_revision:
        raise Compacted(answer.compact_revision)
    if answer.canceled:
        if "permission denied" in answer.cancel_reason:
            raise failures.refusal(answer.cancel_reason)
        raise Unavailable(f"etcd ended the watch: {answer.cancel_reason}")


def _event(event: Any) -> interface.Event:
    deleted = event.type == event.DELETE
    key = event.kv.key.decode(errors="surrogateescape")
    return interface.Event(key, None if deleted else event.kv.value, event.kv.mod_revision)
