"""Answers remembered while the immutable thing they are about is in use: saves work, changes no content.

A memo is keyed by the identity of its subject and holds on to it, so an answer can never belong to another subject.
Other arguments are told apart by value.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

A = TypeVar("A")


class Memo:
    """What pure functions answered; ``sweep`` forgets what was not asked since the last sweep."""

    def __init__(self) -> None:
        self._asked: dict[tuple[object, ...], tuple[object, object]] = {}
        self._before: dict[tuple[object, ...], tuple[object, object]] = {}

    def of(self, function: Callable[..., A], subject: object, *more: Hashable) -> A:
        """``function(subject, *more)``, worked out once."""
        key = (function, id(subject), *more)
        entry = self._asked.get(key)
        if entry is None:
            entry = self._before.get(key) or (subject, function(subject, *more))
            self._asked[key] = entry
        return entry[1]  # type: ignore[return-value]

    def sweep(self) -> None:
        """Let go of every subject that nobody asked about since the last sweep."""
        self._before, self._asked = self._asked, {}
