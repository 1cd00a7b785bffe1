"""The directory of unpacked images on a host: one root file system a digest, and two links.

    /var/lib/calico/images/
        4f0c.../             a whole root file system, named by its digest
        9a17.../
        current -> 4f0c...   what the units run
        previous -> 9a17...  what they ran before, for a rollback
        .new-...             being unpacked, or left behind by an unpacking that was cut off

A name appears only when all below it is on the disk, and a link changes in one step: a power cut at any
moment leaves a host that starts.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

_UNFINISHED = ".new-"


@dataclasses.dataclass(frozen=True, slots=True)
class State:
    """What is there: the digests that the links name, all digests, what is unfinished, what processes run from."""

    current: str | None = None
    previous: str | None = None
    unpacked: frozenset[str] = frozenset()
    unfinished: frozenset[str] = frozenset()
    used: frozenset[str] = dataclasses.field(default=frozenset(), compare=False)

    def switched(self, digest: str) -> State:
        """The state wanted: ``digest`` current, the one before it and what still runs kept, nothing else."""
        previous = self.previous if digest == self.current else self.current
        kept = frozenset(name for name in (digest, previous) if name) | self.used
        return State(digest, previous, kept, used=self.used)

    def shown(self) -> dict[str, object]:
        """For Ansible's diff."""
        return {"current": self.current, "previous": self.previous, "unpacked": sorted(self.unpacked | self.unfinished)}


class Roots:
    """The directory itself; hold ``locked()`` around reading and changing it."""

    def __init__(self, directory: Path, processes: Path = Path("/proc")) -> None:
        self.directory = directory
        self._processes = processes

    def path(self, digest: str) -> Path:
        return self.directory / digest

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second run out; the directory is made, and is root's alone."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.directory, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def read(self) -> State:
        """What is there now; a directory that does not exist is an empty one."""
        entries = self.directory.iterdir() if self.directory.is_dir() else ()
        names = frozenset(entry.name for entry in entries if entry.is_dir() and not entry.is_symlink())
        unfinished = frozenset(name for name in names if name.startswith(_UNFINISHED))
        # A link to a tree that somebody removed names nothing.
        current, previous = (self._link(name) for name in ("current", "previous"))
        return State(
            current if current in names else None,
            previous if previous in names else None,
            names - unfinished,
            unfinished,
            self._used(names - unfinished),
        )

    def _used(self, names: frozenset[str]) -> frozenset[str]:
        """Those that a process has as its root: after an upgrade that failed it may be neither current nor previous."""
        roots = {identity(root) for root in self._processes.glob("[0-9]*/root")} - {None}
        return frozenset(name for name in names if identity(self.path(name)) in roots)

    def add(self, digest: str, fill: Callable[[Path], object]) -> None:
        """Make the root file system of ``digest``; ``fill`` writes it."""
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self.directory))
        try:
            unfinished.chmod(0o755)  # daemons that give up root must pass it
            fill(unfinished)
            _flush(unfinished)
            unfinished.rename(self.path(digest))
            _sync(self.directory)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise

    def switch(self, before: State, after: State) -> None:
        """Point the links as ``after`` says and remove what it does not hold."""
        # `previous` first: cut off between the two, the running image is named by both, and lost by neither.
        self._point("previous", after.previous)
        self._point("current", after.current)
        for name in (before.unpacked | before.unfinished) - after.unpacked:
            shutil.rmtree(self.path(name))

    def remove(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.directory)

    def _link(self, name: str) -> str | None:
        try:
            return str((self.directory / name).readlink())
        except FileNotFoundError:
            return None

    def _point(self, name: str, digest: str | None) -> None:
        if digest is None or digest == self._link(name):
            return
        fresh = self.directory / f"{_UNFINISHED}{name}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(digest)
        fresh.replace(self.directory / name)
        _sync(self.directory)


def identity(directory: Path) -> tuple[int, int] | None:
    """The directory itself, through whatever mount namespace; None if it, or the process that it is of, is gone."""
    try:
        found = directory.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush(tree: Path) -> None:
    """Write out the one file system that holds the tree: a sync of all could wait for a slow disk of another."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(tree, os.O_RDONLY)
    try:
        if libc.syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), f"cannot write {tree} to the disk")
    finally:
        os.close(descriptor)
