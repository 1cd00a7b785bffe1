"""Waiting until the agent has programmed an endpoint: no container starts before its policy and route stand."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from . import unix_http
from .errors import Late

_PAUSE = 0.1  # between two looks for an agent that restarts


class Agent:
    """The agent's socket. ``timeout`` bounds a wait, in seconds."""

    def __init__(self, path: str, timeout: float = 10.0) -> None:
        self._path = path
        self._timeout = timeout

    def wait(self, endpoint: str, revision: int) -> None:
        """Return once policy and route of ``endpoint`` stand, as written at ``revision`` or later. Raises Late."""
        status, answer = self._answer(endpoint, revision)
        if status != 200:
            raise Late(f"{_error(answer)}; {self._state()}; see: journalctl -u calico-agent", 504)

    def _answer(self, endpoint: str, revision: int) -> tuple[int, Any]:
        """What the agent says, also if it is just being restarted."""
        deadline = time.monotonic() + self._timeout
        while True:
            left = deadline - time.monotonic()
            try:
                return self._ask(endpoint, revision, max(left, _PAUSE))
            except unix_http.Unreachable as error:
                if left <= _PAUSE:
                    text = f"the agent does not answer at {error}; see: systemctl status calico-agent"
                    raise Late(text, 503) from error
            time.sleep(_PAUSE)

    def _ask(self, endpoint: str, revision: int, seconds: float) -> tuple[int, Any]:
        body = {"endpoint": endpoint, "revision": revision, "timeout": round(seconds, 1)}
        # The agent answers at its timeout; the socket waits a little longer for that.
        return unix_http.call(self._path, "POST", "/wait", body, timeout=seconds + 1)

    def _state(self) -> str:
        try:
            _status, answer = unix_http.call(self._path, "GET", "/status", timeout=1)
        except unix_http.Unreachable as error:
            return f"the agent's status is unknown ({error})"
        return f"agent: {_summary(answer)}"


def _error(answer: object) -> str:
    found = answer.get("error") if isinstance(answer, Mapping) else None
    return f"the agent has not programmed the endpoint ({found or answer})"


def _summary(answer: object) -> str:
    if not isinstance(answer, Mapping):
        return "no status"
    parts = [f"{name} {str(answer.get(name)).lower()}" for name in ("ready", "inSync")]
    errors = answer.get("errors") or []
    return ", ".join([*parts, *(f"error: {error}" for error in errors[:3])])
