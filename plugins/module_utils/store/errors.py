"""What can go wrong with the store; nothing above it sees an error of etcd3 or gRPC.

StoreError
├── Conflict        another writer was faster, nothing was written
├── Compacted       the revision to read from is gone: list again
├── Unavailable     no member of etcd answered in time
├── Denied          etcd refuses the user, the password or the right
└── MissingLibrary  this Python has no etcd3
"""

from __future__ import annotations

from collections.abc import Iterable


class StoreError(Exception):
    """Base of all errors of the store; its text is for people and holds no secret."""


class Conflict(StoreError):
    """A transaction that found other revisions than it expected; ``keys`` are those that differ."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = tuple(keys)
        super().__init__(f"changed by another writer: {', '.join(self.keys)}")


class Compacted(StoreError):
    """The history from the wanted revision on is gone; ``revision`` is the oldest that is left."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        super().__init__(f"etcd's history before revision {revision} has been compacted: list again")


class Unavailable(StoreError):
    """No answer in time; the text names the endpoints and why."""


class Denied(StoreError):
    """The user, the password or the user's rights do not do."""


class MissingLibrary(StoreError):
    """The Python library that speaks to etcd is not installed."""
