"""The passwords of BGP sessions that this host was given, in a file that is root's alone.

Role ``node`` writes it from the inventory's vault; ``model/bgp_secrets.py`` says what it looks like.
"""

from __future__ import annotations

import json
import os
import pathlib
import stat

from ansible_collections.calico.docker.plugins.module_utils.model.bgp_secrets import NONE, Passwords, read

FILE = pathlib.Path("/etc/calico/bgp-passwords.json")
_NOBODY_ELSE = stat.S_IRWXG | stat.S_IRWXO


class PasswordFile:
    """Read again only when it changed, so that equal contents are the same object."""

    def __init__(self, path: pathlib.Path = FILE) -> None:
        self._path = path
        self._seen: tuple[int, ...] | None = None
        self._passwords = NONE

    def read(self) -> Passwords:
        """What the file holds. Without one nothing is known; what is wrong with it is in ``problems``."""
        try:
            with self._path.open("rb") as file:
                found = os.fstat(file.fileno())
                seen = (found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)
                if seen != self._seen:
                    self._passwords, self._seen = self._parse(file.read(), found.st_mode), seen
        except FileNotFoundError:
            self._forget(NONE)
        except OSError as error:
            self._forget(Passwords(problems=(f"{self._path} cannot be read: {error.strerror}",)))
        return self._passwords

    def _parse(self, content: bytes, mode: int) -> Passwords:
        if mode & _NOBODY_ELSE:
            return Passwords(problems=(f"{self._path} is not used: others may read it; chmod 600 it",))
        try:
            found = read(json.loads(content))
        except (ValueError, RecursionError):  # their texts may show what is in the file
            return Passwords(problems=(f"{self._path} is not used: it is no JSON",))
        return Passwords(found.known, tuple(f"{self._path}: {problem}" for problem in found.problems))

    def _forget(self, passwords: Passwords) -> None:
        if self._seen is not None or self._passwords != passwords:
            self._passwords, self._seen = passwords, None
