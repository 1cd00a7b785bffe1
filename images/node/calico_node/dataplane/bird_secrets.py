"""secrets.conf beside bird.conf: the passwords that the latter names, in a file that is root's alone.

BIRD reads both files or none, and may be started at any moment. So names come before bird.conf uses them, and go after
it does not any more; whatever happens in between, each bird.conf finds all of its names.
"""

from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Mapping

from .errors import DataplaneError

_LINE = re.compile(r"define ('[^']+') = \"([^\"]*)\";")


class Secrets:
    """The file."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def read(self) -> Mapping[str, str]:
        """Password by name; nothing if there is no file, or nothing that we wrote."""
        try:
            text = self._path.read_text()
        except (FileNotFoundError, UnicodeDecodeError):
            return {}
        except OSError as error:
            raise DataplaneError(f"cannot read {self._path}: {error}") from error
        return dict(_LINE.findall(text))

    def write(self, secrets: Mapping[str, str]) -> None:
        """Hold these, and no others."""
        lines = (f'define {name} = "{password}";\n' for name, password in sorted(secrets.items()))
        replace(self._path, "".join(lines))


def replace(path: pathlib.Path, text: str) -> None:
    """Put a whole file in place of the former; it is root's alone. Raises DataplaneError."""
    new = prepare(path, text)
    try:
        new.replace(path)
    except OSError as error:
        raise DataplaneError(f"cannot write {path}: {error}") from error


def prepare(path: pathlib.Path, text: str) -> pathlib.Path:
    """The new file, beside the one that it will replace. Raises DataplaneError."""
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)  # its mode would stay
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:  # a full disk must not end the agent
        raise DataplaneError(f"cannot write {path}: {error}") from error
    return new
