"""The unix socket on which the engine finds the plugin: a file of its own, private to root."""

from __future__ import annotations

import os
import pathlib
import socket
import stat


class Occupied(Exception):
    """The path cannot be used; the text says by what."""


def listen(path: pathlib.Path) -> socket.socket:
    """A listening socket. A file that a crash left behind is replaced. Raises Occupied, OSError."""
    _make_private(path.parent)
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(128)
    return listener


def _make_private(directory: pathlib.Path) -> None:
    """The engine's runtime directory is root's alone; whoever comes first, before the engine, makes it so."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    engines = directory.parent
    if stat.S_IMODE(engines.stat().st_mode) & 0o077 and engines.name == "docker":
        engines.chmod(0o700)


def _clear(path: pathlib.Path) -> None:
    if not os.path.lexists(path):
        return
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise Occupied(f"{path} is not a socket: remove it")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise Occupied(f"another process answers at {path}: stop it first")
