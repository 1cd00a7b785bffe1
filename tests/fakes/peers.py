"""HTTP servers on unix sockets that answer from a function: the container engine, the agent."""

import contextlib
import http.server
import json
import pathlib
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

Answer = tuple[int, Any]
Reply = Callable[[str, str, Any], Answer]  # of method, path and body


class _Peer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, path: pathlib.Path, reply: Reply) -> None:
        self.reply = reply
        super().__init__(str(path), _Handler)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Peer

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        status, document = self.server.reply(self.command, self.path, body)
        text = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = _answer  # noqa: N815 - the library's names

    def log_message(self, *_args: object) -> None:
        return

    def address_string(self) -> str:
        return "peer"


@contextlib.contextmanager
def listening(path: pathlib.Path, reply: Reply) -> Iterator[None]:
    """A peer at ``path``; a document of bytes is sent as it is."""
    peer = _Peer(path, reply)
    threading.Thread(target=peer.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield
    finally:
        peer.shutdown()
        peer.server_close()
