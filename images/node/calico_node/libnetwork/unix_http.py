"""JSON over HTTP on a unix socket: how the driver asks the engine and the agent."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any


class Unreachable(Exception):
    """Nobody answers at the socket, or not in time, or not in JSON."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def call(path: str, method: str, target: str, body: object = None, *, timeout: float) -> tuple[int, Any]:
    """Status and document of an answer. Raises Unreachable."""
    connection = _Connection(path, timeout)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, target, body=text, headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{path}: {_reason(error)}") from error
    finally:
        connection.close()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return f"no valid answer ({error})"
