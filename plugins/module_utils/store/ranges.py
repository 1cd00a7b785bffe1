"""Key ranges of etcd: from a first key to an end that is not part of it."""

from __future__ import annotations

from collections.abc import Iterable

EVERYTHING = b"\0"  # as an end: no end


def end_of(prefix: bytes) -> bytes:
    """The end of the range of all keys that start with ``prefix``."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else EVERYTHING


def spanning(prefixes: Iterable[bytes]) -> tuple[bytes, bytes]:
    """The smallest range over all prefixes, with what lies between them."""
    known = tuple(prefixes)
    ends = [end_of(prefix) for prefix in known]
    return min(known), EVERYTHING if EVERYTHING in ends else max(ends)
