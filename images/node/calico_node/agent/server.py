"""The agent's HTTP on a unix socket, for this host's programs only: its status, its counters, and waiting."""

from __future__ import annotations

import http.server
import json
import logging
import pathlib
import socketserver
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils.model import workload_endpoints
from calico_node.dataplane import nft_counters
from calico_node.dataplane.errors import DataplaneError

from . import counters
from .status import Status

SOCKET = pathlib.Path("/run/calico/agent.sock")
_LOG = logging.getLogger(__name__)
_LONGEST_BODY = 4096
_LONGEST_WAIT = 60.0
_PATHS = "GET /status, GET /counters and POST /wait"

ReadCounters = Callable[[], Mapping[str, nft_counters.Count]]


class BadRequest(Exception):
    """A request that makes no sense; the text says what would."""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves a status; a thread a request, so that many can wait."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: pathlib.Path, status: Status, read_counters: ReadCounters = nft_counters.read) -> None:
        path.unlink(missing_ok=True)
        self.status = status
        self.read_counters = read_counters
        super().__init__(str(path), Handler)
        path.chmod(0o600)

    def start(self, poll: float = 0.5) -> None:
        """Serve in a thread that looks every ``poll`` seconds whether to end."""
        threading.Thread(target=self.serve_forever, args=(poll,), name="server", daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - the base class's
        """A client that does not wait for its answer is no error of ours."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):
            _LOG.exception("a request failed")


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 2 * _LONGEST_WAIT
    server: Server

    def do_GET(self) -> None:
        self.close_connection |= "Content-Length" in self.headers  # a body that we do not read
        if self.path == "/status":
            self._answer(200, self.server.status.document())
        elif self.path == "/counters":
            self._answer(*_counters(self.server))
        else:
            self._answer(404, {"error": f"no {self.path}; there are {_PATHS}"})

    def do_POST(self) -> None:
        try:
            body = self._body()
        except BadRequest as error:
            self.close_connection = True
            self._answer(400, {"error": str(error)})
            return
        if self.path == "/wait":
            self._answer(*_wait(self.server.status, body))
        else:
            self._answer(404, {"error": f"no {self.path}; there are {_PATHS}"})

    def address_string(self) -> str:
        """A unix socket's client has no address."""
        return "local"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        _LOG.debug(format, *args)

    def _body(self) -> object:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LONGEST_BODY:
            raise BadRequest(f"Content-Length must be a number up to {_LONGEST_BODY}")
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise BadRequest("the body must be JSON") from None

    def _answer(self, code: int, document: object) -> None:
        content = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _counters(server: Server) -> tuple[int, dict[str, Any]]:
    try:
        return 200, counters.document(server.status.rulesets, server.read_counters())
    except DataplaneError as error:
        return 503, {"error": str(error)}


def _wait(status: Status, body: object) -> tuple[int, dict[str, object]]:
    fields = body if isinstance(body, dict) else {}
    endpoint, revision, seconds = (fields.get(name) for name in ("endpoint", "revision", "timeout"))
    if not isinstance(endpoint, str) or not isinstance(revision, int) or not isinstance(seconds, (int, float)):
        return 400, {"error": 'give {"endpoint": name, "revision": number, "timeout": seconds}'}
    name = endpoint if "/" in endpoint else f"{workload_endpoints.NAMESPACE}/{endpoint}"
    missing = status.wait(name, revision, min(max(seconds, 0.0), _LONGEST_WAIT))
    return (200, {"programmed": True}) if missing is None else (504, {"error": missing})
