"""Keeps the collector of cyclic garbage and the allocator from what a large store would cost them."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Take in a whole listing: tens of thousands of objects that stay.

    The collector looks at them once, when all is done, and not before the next listing, or every thousandth change
    would wait for a tenth of a second. What takes their place frees them by their reference counts; what those cannot
    free goes with the next listing. What the way to them took of the system's memory goes back.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        gc.enable()
        _give_back()


def _give_back() -> None:
    """The GNU library keeps what was freed between things that stay; others have no such call, nor such a habit."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
