"""The real agent and a real etcd as processes in a host's namespace, and how to talk to them."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import threading
from collections.abc import Iterable
from typing import Any

from calico_node.agent import server
from tests.states import records

from .hosts import Host
from .inside import inside
from .waiting import until


class Etcd:
    """etcd in the host's namespace, through its JSON gateway."""

    def __init__(self, host: Host, directory: pathlib.Path) -> None:
        self._host = host
        self._directory = directory
        self.start()

    def start(self) -> None:
        self.process = self._host.world.spawn(
            self._host.space,
            "etcd",
            f"--data-dir={self._directory / 'etcd'}",
            "--listen-client-urls=http://127.0.0.1:2379",
            "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:2380",
            "--unsafe-no-fsync",
            log=self._directory / "etcd.log",
        )
        until(self._answers)

    def put(self, *changes: records.Change) -> int:
        """Write records, and delete those without value; the revision of the last one."""
        for change in changes:
            key = base64.b64encode(change.key.encode()).decode()
            if change.value is None:
                answer = self._ask("kv/deleterange", {"key": key})
            else:
                answer = self._ask("kv/put", {"key": key, "value": base64.b64encode(change.value).decode()})
        return int(answer["header"]["revision"])

    def commit(self, changes: Iterable[records.Change]) -> int:
        """Put and delete as ``put`` does, in one transaction."""
        asked = []
        for change in changes:
            key = base64.b64encode(change.key.encode()).decode()
            if change.value is None:
                asked.append({"request_delete_range": {"key": key}})
            else:
                asked.append({"request_put": {"key": key, "value": base64.b64encode(change.value).decode()}})
        return int(self._ask("kv/txn", {"success": asked})["header"]["revision"])

    def compact(self, revision: int) -> None:
        self._ask("kv/compaction", {"revision": revision, "physical": True})

    def _answers(self) -> bool:
        try:
            self._ask("kv/range", {"key": base64.b64encode(b"x").decode()})
        except OSError:
            return False
        return True

    def _ask(self, call: str, body: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", 2379, timeout=5)
        with inside(self._host.space):
            connection.connect()
        try:
            connection.request("POST", f"/v3/{call}", json.dumps(body))
            response = connection.getresponse()
            content = response.read()
            assert response.status == 200, content
            found: dict[str, Any] = json.loads(content)
            return found
        finally:
            connection.close()


class Connection(http.client.HTTPConnection):
    """HTTP on the agent's socket."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(server.SOCKET))


class Agent:
    """The command calico-agent as systemd starts it."""

    def __init__(self, host: Host, directory: pathlib.Path) -> None:
        self._host = host
        self._log = directory / "agent.log"
        self._notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notified.bind(str(directory / "notify"))
        self._words: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._environment = (
            "NODENAME=host1",
            "ETCD_ENDPOINTS=http://127.0.0.1:2379",
            f"NOTIFY_SOCKET={directory / 'notify'}",
            "WATCHDOG_USEC=1000000",
        )
        server.SOCKET.parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path("/var/lib/calico/bird").mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        command = ("env", *self._environment, "python3", "-m", "calico_node.agent")
        self.process = self._host.world.spawn(self._host.space, *command, log=self._log)
        while not (word := self.heard()).startswith("READY=1"):
            assert word == "WATCHDOG=1"  # an earlier agent's

    def heard(self) -> str:
        """The next word to systemd."""
        return self._words.get(timeout=15)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # closed at the end
            while word := self._notified.recv(512):
                self._words.put(word.decode())

    def kill(self) -> None:
        """As the kernel or an operator kills it: without notice. ``ip netns exec`` and ``env`` became the agent."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def terminate(self) -> int:
        os.kill(self.process.pid, signal.SIGTERM)
        return self.process.wait(15)

    def status(self) -> dict[str, Any]:
        return self._ask("GET", "/status")[1]

    def counters(self) -> dict[str, Any]:
        code, document = self._ask("GET", "/counters")
        assert code == 200, document
        return document

    def wait(self, change: records.Change, revision: int, seconds: float = 10) -> str | None:
        """None if the endpoint is programmed in time, else why not."""
        name = change.key.rpartition("/")[2]
        code, document = self._ask("POST", "/wait", {"endpoint": name, "revision": revision, "timeout": seconds})
        return None if code == 200 else str(document["error"])

    def log(self) -> str:
        return self._log.read_text()

    def close(self) -> None:
        self._notified.shutdown(socket.SHUT_RDWR)
        self._notified.close()

    def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        connection = Connection("agent", timeout=20)
        try:
            connection.request(method, path, json.dumps(body) if body else None)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


def remove(host: Host) -> None:
    """What the role does last."""
    subprocess.run(host.space.command("python3", "-m", "calico_node.agent", "--remove"), check=True)


def attempt(host: Host, *environment: str) -> subprocess.CompletedProcess[str]:
    """An agent that is expected to end by itself."""
    command = host.space.command("env", *environment, "python3", "-m", "calico_node.agent")
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
