"""Unpack a root file system from a tar stream that is not trusted.

The stream is what Docker exports of a container: directories first, every path real. What leaves that form
(a path outside, or one that leads through a link) is refused, so nothing is ever written outside the target.

Left out on purpose: device nodes (the units get their own /dev) and set-user-id bits (nothing in the image
needs them, and the tree lies on a host with other users).
"""

from __future__ import annotations

import io
import posixpath
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

_BUFFER = 1 << 20
_PERMISSIONS = 0o1777  # with the sticky bit, without set-user-id and set-group-id


class Refused(ValueError):
    """A member of the archive that may not be unpacked."""


def unpack(chunks: Iterable[bytes], target: Path) -> None:
    """Write the tree of the tar stream under ``target``; raises Refused."""
    stream = cast("IO[bytes]", _Stream(chunks))
    try:
        with tarfile.open(fileobj=stream, mode="r|", bufsize=_BUFFER, errorlevel=2) as archive:
            # Newer Pythons filter by default, and refuse the absolute links of a root file system.
            archive.extraction_filter = lambda member, _path: member
            for member in accepted(archive):
                archive.extract(member, target, numeric_owner=True)
    except tarfile.TarError as error:
        raise Refused(f"the archive cannot be read: {error}") from error


def accepted(members: Iterable[tarfile.TarInfo]) -> Iterator[tarfile.TarInfo]:
    """The members to unpack, checked against those before; raises Refused."""
    directories = {""}
    others: set[str] = set()
    for member in members:
        name = _inside(member.name, member)
        if member.ischr() or member.isblk() or member.isfifo():
            continue
        if posixpath.dirname(name) not in directories:
            raise Refused(f"{member.name}: lies in no directory that the archive made before it")
        if name in others or (name in directories and not member.isdir()):
            raise Refused(f"{member.name}: stands twice in the archive")
        if member.islnk() and _inside(member.linkname, member) not in others:
            raise Refused(f"{member.name}: is a hard link to {member.linkname}, no file of the archive before it")
        (directories if member.isdir() else others).add(name)
        member.mode &= _PERMISSIONS
        yield member


def _inside(path: str, member: tarfile.TarInfo) -> str:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts:
        raise Refused(f"{member.name}: leads out of the archive by {path}")
    return "" if path in (".", "./") else posixpath.normpath(path)


class _Stream(io.RawIOBase):
    """Chunks of bytes as the file that tarfile reads."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
