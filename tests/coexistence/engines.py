"""Real Docker engines in a host's namespace: their firewall rules are what matters here, so they run no containers."""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import socket
import subprocess
from types import TracebackType
from typing import Any

from tests.netns.namespaces import Namespace
from tests.netns.waiting import until

# Debian's release: the engine's version.
VERSIONS = {"bookworm": "20.10", "trixie": "26.1", "sid": "28.5"}
_PROGRAMS = pathlib.Path("/opt/engines")


class Engine:
    """A dockerd with everything of its own."""

    def __init__(self, space: Namespace, release: str, directory: pathlib.Path) -> None:
        self._programs = _PROGRAMS / release
        self._directory = directory
        self._space = space
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Engine:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [
            # Not `ip netns exec`: that hides the cgroups.
            *("nsenter", f"--net=/run/netns/{self._space.name}", "dockerd", "--userland-proxy=false"),
            *("--storage-driver=vfs", f"--data-root={self._directory}/data", f"--exec-root={self._directory}/run"),
            *(f"--pidfile={self._directory}/pid", f"--host=unix://{self._socket}"),
        ]
        environment = {**os.environ, "PATH": f"{self._programs}:{os.environ['PATH']}"}
        with (self._directory / "engine.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        until(self._answers, seconds=30)

    def stop(self) -> None:
        """Stop it as systemd does; its rules stay."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(30)

    def version(self) -> str:
        """Such as 26.1.5."""
        return str(self._ask("GET", "/version")["Version"])

    def bridge(self, name: str) -> tuple[str, str, str]:
        """Make a bridge network; the interface, the subnet's gateway, and another address in it with prefix length."""
        subnet = {"Subnet": "192.168.77.0/24", "Gateway": "192.168.77.1"}
        body = {"Name": name, "Driver": "bridge", "IPAM": {"Config": [subnet]}}
        network = self._ask("POST", "/networks/create", body)["Id"]
        return f"br-{network[:12]}", "192.168.77.1", "192.168.77.2/24"

    @property
    def _socket(self) -> pathlib.Path:
        return self._directory / "docker.sock"

    def _answers(self) -> bool:
        try:
            return bool(self.version())
        except OSError:
            return False

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection("engine", timeout=20)
        connection.sock = socket.socket(socket.AF_UNIX)
        try:
            connection.sock.connect(str(self._socket))
            connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status < 300, content
            found: dict[str, Any] = json.loads(content)
            return found
        finally:
            connection.close()
