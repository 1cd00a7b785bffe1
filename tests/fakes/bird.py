"""A BIRD that has only a control socket: it answers what it was told to answer and remembers what it was asked."""

from __future__ import annotations

import pathlib
import socketserver
import threading
from types import TracebackType

GREETING = b"0001 BIRD 2.17.6 ready.\n"
TAKEN = {
    "configure check": "0002-Reading configuration from bird.conf.new\n0020 Configuration OK\n",
    "configure": "0002-Reading configuration from /var/lib/calico/bird/bird.conf\n0003 Reconfigured\n",
}
REFUSED = TAKEN | {
    "configure check": "0002-Reading configuration from bird.conf.new\n8002 bird.conf.new:4:1 syntax error\n"
}


class FakeBird:
    """Serves a socket while entered. ``answers`` maps a command without its arguments to the reply."""

    def __init__(self, path: pathlib.Path, answers: dict[str, str]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(GREETING)
                for line in self.rfile:
                    command = line.decode().strip()
                    outer.asked.append(command)
                    self.wfile.write(outer.answers[command.partition(' "')[0]].encode())

        self._server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> FakeBird:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
