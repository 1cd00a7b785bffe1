"""Ask again until the answer is right or the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(ask: Callable[[], T], right: Callable[[T], object] = bool, seconds: float = 15.0) -> T:
    """The first right answer; fails with the last wrong one."""
    deadline = time.monotonic() + seconds
    while not right(answer := ask()):
        assert time.monotonic() < deadline, f"after {seconds} s the answer is still {answer!r}"
        time.sleep(0.02)
    return answer
