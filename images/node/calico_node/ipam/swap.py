"""Compare-and-swap against other hosts: an attempt that lost is made again, from new reads, a bounded time."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol, TypeVar

from ansible_collections.calico.docker.plugins.module_utils import store

from . import errors

T = TypeVar("T")
_SHORTEST, _LONGEST = 0.002, 0.1  # seconds between two attempts; the pause doubles
_chance = random.SystemRandom()


class Clock(Protocol):
    """What address management asks of time; the module ``time`` is one."""

    def time(self) -> float: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...


def until_won(attempt: Callable[[], T], *, clock: Clock, patience: float) -> T:
    """What ``attempt`` returns once it raises no Conflict. Raises Busy after ``patience`` seconds."""
    deadline = clock.monotonic() + patience
    pause = _SHORTEST
    while True:
        try:
            return attempt()
        except store.Conflict as conflict:
            if clock.monotonic() >= deadline:
                raise errors.Busy(f"no success within {patience:g} s: {conflict}") from conflict
        # Full jitter: those who met once should not meet again.
        clock.sleep(_chance.uniform(0, pause))
        pause = min(pause * 2, _LONGEST)
