"""This very thread in another network namespace: sockets made there stay there, so one process can be every host."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Iterator

from .namespaces import Namespace

_OWN = pathlib.Path("/proc/thread-self/ns/net")


@contextlib.contextmanager
def inside(space: Namespace) -> Iterator[None]:
    """Be in ``space`` for the length of a block; only for the main thread if /proc/net or /proc/sys are read."""
    home = os.open(_OWN, os.O_RDONLY)
    there = os.open(f"/run/netns/{space.name}", os.O_RDONLY)
    try:
        os.setns(there, os.CLONE_NEWNET)
        yield
    finally:
        os.setns(home, os.CLONE_NEWNET)
        os.close(there)
        os.close(home)
