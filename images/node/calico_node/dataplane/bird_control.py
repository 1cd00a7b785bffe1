"""BIRD's control socket: one command, one reply, told by its code and not by its words.

A reply is lines of ``NNNN-text``, further lines of the same entry with a leading blank, and ``NNNN text`` as the last.
Codes: 0xxx done, 1xxx a table's rows, 8xxx failed at run time, 9xxx not understood.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import socket
from collections.abc import Iterable, Iterator

from .errors import DataplaneError

_LINE = re.compile(r"([0-9]{4})([ -])(.*)")
_END = re.compile(rb"^[0-9]{4} .*\n\Z", re.MULTILINE)
_FAILED = 8000


class NotRunning(DataplaneError):
    """Nobody listens on the socket."""


class ControlError(DataplaneError):
    """BIRD does not answer, or answers that it will not."""


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A line of a reply with its code; a further line of an entry has the entry's."""

    code: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Control:
    """The socket of one BIRD. ``timeout`` bounds the wait for each piece of an answer."""

    path: pathlib.Path
    timeout: float = 5.0

    def ask(self, command: str) -> tuple[Line, ...]:
        """The reply's lines. Raises NotRunning, ControlError."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(self.timeout)
                connection.connect(str(self.path))
                _receive(connection)  # the greeting
                connection.sendall(command.encode() + b"\n")
                lines = tuple(parse(_receive(connection).decode(errors="replace")))
        except (FileNotFoundError, ConnectionRefusedError):
            raise NotRunning(f"BIRD is not running: nothing listens on {self.path}") from None
        except OSError as error:
            raise ControlError(f"BIRD does not answer on {self.path}: {error}") from error
        return _accepted(command, lines)


def parse(reply: str) -> Iterator[Line]:
    """The lines of a reply."""
    code = 0
    for text in reply.splitlines():
        found = _LINE.match(text)
        if found:
            code = int(found[1])
        yield Line(code, found[3] if found else text)


def _receive(connection: socket.socket) -> bytes:
    received = b""
    while not _END.search(received):
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionResetError("it closed the connection in the middle of a reply")
        received += piece
    return received


def _accepted(command: str, lines: Iterable[Line]) -> tuple[Line, ...]:
    taken = tuple(lines)
    if taken[-1].code >= _FAILED:
        raise ControlError(f"BIRD refuses {command}: {taken[-1].text}")
    return taken
