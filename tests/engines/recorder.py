"""What the engine and the plugin say to each other: a listener in the plugin's place that hands everything on."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import itertools
import json
import pathlib
import socketserver
import threading
import time
from collections.abc import Iterator
from typing import Any

from calico_node.libnetwork import unix_http

_LONGEST = 300  # seconds; a call never takes that long


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One call: its name without the driver's, what was asked, the status and the answer, and how long that took."""

    driver: str
    name: str
    body: Any
    status: int
    answer: Any
    seconds: float


class Recorder:
    """Listens at ``front`` and asks at ``back``. ``delays`` holds calls up, in seconds by name; so does ``holding``."""

    def __init__(self, front: pathlib.Path, back: pathlib.Path) -> None:
        self.calls: list[Call] = []
        self.unanswered = 0
        self.delays: dict[str, float] = {}
        self._held: dict[str, tuple[threading.Event, threading.Event]] = {}
        self._front = front
        self._back = back
        self._server: socketserver.ThreadingUnixStreamServer | None = None

    @property
    def names(self) -> list[str]:
        """The calls so far, in the order of their answers."""
        return [call.name for call in self.calls]

    @property
    def steps(self) -> list[str]:
        """The same without repetitions: RequestAddress comes per family, EndpointOperInfo twice on old engines."""
        return [name for name, _calls in itertools.groupby(self.names)]

    def bodies(self, name: str) -> list[Any]:
        """What was asked by the calls of a name."""
        return [call.body for call in self.calls if call.name == name]

    @contextlib.contextmanager
    def holding(self, name: str) -> Iterator[threading.Event]:
        """The next call of a name waits until the end of the block, later ones do not. Yields whether it has come."""
        come, go = self._held[name] = threading.Event(), threading.Event()
        try:
            yield come
        finally:
            go.set()

    def open(self) -> None:
        """Be there, as the plugin is while it runs."""
        self._front.parent.mkdir(parents=True, exist_ok=True)
        recorder = self

        class Handler(_Handler):
            def do_POST(self) -> None:
                recorder.carry(self)

        self._server = _Server(str(self._front), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Be gone, as the plugin is while it does not run."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._front.unlink()
            self._server = None

    def carry(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """Hand one call on. Whoever is not there to answer it leaves the asker without an answer."""
        driver, _, name = handler.path.strip("/").partition(".")
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"] or 0)) or b"null")
        time.sleep(self.delays.get(name, 0))
        if held := self._held.pop(name, None):
            held[0].set()
            held[1].wait(_LONGEST)
        asked = time.monotonic()
        try:
            status, answer = unix_http.call(str(self._back), "POST", handler.path, body, timeout=_LONGEST)
        except unix_http.Unreachable:
            self.unanswered += 1
            handler.close_connection = True
            return
        self.calls.append(Call(driver, name, body, status, answer, time.monotonic() - asked))
        content = json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/vnd.docker.plugins.v1.2+json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


def recording(host: Any) -> Recorder:
    """The recorder of a host that has one; nothing is recorded yet."""
    found: Recorder | None = host.recorder
    assert found is not None
    found.calls.clear()
    return found


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The engine may hang up at any time."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"  # one call a connection: none outlives the plugin

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its parent's name
        """Say nothing: the calls are kept."""

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()
