"""Is each of the node's services ready? Asked over the sockets that they serve, with a bounded wait.

A probe returns None for yes, else what is missing, in words for the person who waits.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

_ANSWER_SECONDS = 5.0
_PAUSE_SECONDS = 0.1

Probe = Callable[[], "str | None"]


def wait(probe: Probe, seconds: float) -> str | None:
    """Ask until the answer is yes or the time is over; return the last answer."""
    deadline = time.monotonic() + seconds
    while (missing := probe()) is not None and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
    return missing


def driver(path: str) -> str | None:
    """The Docker driver answers the call that Docker begins with."""
    return _asked(path, lambda: _driver_missing(_http(path, "POST", "/Plugin.Activate")))


def agent(path: str) -> str | None:
    """The agent has programmed the kernel from a whole view of the datastore."""
    return _asked(path, lambda: _agent_missing(_http(path, "GET", "/status")))


def status(path: str) -> Mapping[str, Any]:
    """All that the agent tells of itself, nothing if it does not answer."""
    try:
        return _http(path, "GET", "/status")
    except (OSError, http.client.HTTPException, ValueError):
        return {}


def bird(path: str) -> str | None:
    """BIRD runs its configuration; a session that is down is no reason to say no."""
    return _asked(path, lambda: _bird_missing(_bird_status(path)))


def _asked(path: str, question: Callable[[], str | None]) -> str | None:
    try:
        return question()
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"nobody answers at {path} ({error})"


def _driver_missing(answer: Mapping[str, Any]) -> str | None:
    return None if "NetworkDriver" in answer.get("Implements", []) else f"the driver answers {answer}"


def _agent_missing(status: Mapping[str, Any]) -> str | None:
    if status.get("ready") is True:
        return None
    errors = "; ".join(str(error) for error in status.get("errors", []))
    in_sync = "" if status.get("inSync") else ", the datastore is not read yet"
    return f"the agent is not ready{in_sync}{': ' if errors else ''}{errors}"


def _bird_missing(reply: str) -> str | None:
    # 0013: status report with "Daemon is up and running"; during a graceful restart BIRD says so there too.
    return None if reply.startswith("0013") or "\n0013" in reply else f"BIRD answers {reply.strip()!r}"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = _connected(self._path)


def _http(path: str, method: str, url: str) -> Mapping[str, Any]:
    connection = _UnixConnection(path)
    try:
        connection.request(method, url)
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    if not isinstance(answer, dict):
        raise ValueError(f"unexpected answer {answer!r}")  # noqa: TRY004  # the answer's content, not our argument
    return answer


def _bird_status(path: str) -> str:
    with _connected(path) as control:
        reader = control.makefile("r", encoding="utf-8", errors="replace")
        reader.readline()  # "0001 BIRD 2.17.6 ready."
        control.sendall(b"show status\n")
        return _bird_reply(reader.readline)


def _bird_reply(readline: Callable[[], str]) -> str:
    """All lines of one reply: the last has its code followed by a blank, those before by a dash or no code."""
    lines: list[str] = []
    while line := readline():
        lines.append(line)
        if line[:4].isdigit() and line[4:5] == " ":
            break
    return "".join(lines)


def _connected(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_ANSWER_SECONDS)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection
