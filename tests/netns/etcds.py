"""Clusters of real etcd processes on loopback, and a wire between that loses answers."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from ansible_collections.calico.docker.plugins.module_utils import store

from .waiting import until


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Member:
    """One etcd process."""

    def __init__(
        self, directory: pathlib.Path, name: str, *, tls: tuple[str, ...] = (), address: str = "127.0.0.1"
    ) -> None:
        self.name = name
        self.directory = directory
        self.port, peer_port = free_port(), free_port()
        self.url = f"http{'s' if tls else ''}://{address}:{self.port}"
        self.peer_url = f"http://127.0.0.1:{peer_port}"
        self._tls = tls
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, cluster: str = "") -> None:
        with (self.directory / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    "etcd",
                    f"--name={self.name}",
                    f"--data-dir={self.directory / self.name}",
                    f"--listen-client-urls={self.url}",
                    f"--advertise-client-urls={self.url}",
                    f"--listen-peer-urls={self.peer_url}",
                    f"--initial-advertise-peer-urls={self.peer_url}",
                    f"--initial-cluster={cluster or self.peer()}",
                    *self._tls,
                ],
                stdout=log,
                stderr=log,
            )

    def peer(self) -> str:
        return f"{self.name}={self.peer_url}"

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ask(self, call: str, body: dict[str, Any]) -> dict[str, Any]:
        """A call of etcd's JSON gateway."""
        request = urllib.request.Request(f"{self.url}/v3/{call}", json.dumps(body).encode())  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found

    def ask_for_users(self, user: str, password: str, permission: str, below: str) -> None:
        """From now on: root, and a user who may only do this (READ, READWRITE) with the keys below a prefix."""
        first, end = (base64.b64encode(f"{below}{mark}".encode()).decode() for mark in "/0")
        for name in ("root", user):
            self.ask("auth/user/add", {"name": name, "password": password})
            self.ask("auth/role/add", {"name": name})
            self.ask("auth/user/grant", {"user": name, "role": name})
        allowed = {"permType": permission, "key": first, "range_end": end}
        self.ask("auth/role/grant", {"name": user, "perm": allowed})
        self.ask("auth/enable", {})

    def answers(self) -> bool:
        try:
            return bool(self.ask("kv/range", {"key": base64.b64encode(b"x").decode()}))
        except urllib.error.HTTPError:
            return True  # it wants a user
        except OSError:
            return False


@contextlib.contextmanager
def running(*members: Member, ready: bool = True) -> Iterator[None]:
    """The members as one cluster."""
    cluster = ",".join(member.peer() for member in members)
    try:
        for member in members:
            member.start(cluster)
        if ready:
            for member in members:
                until(member.answers, seconds=30)
        yield
    finally:
        for member in members:
            member.kill()


class Wire:
    """A TCP proxy; while ``deaf``, what the server answers is lost and the connection stays open."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.deaf = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener was closed
            while True:
                client, _address = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                threading.Thread(target=self._carry, args=(client, server), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client, self.deaf), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, deaf: threading.Event | None = None) -> None:
        with contextlib.suppress(OSError), target:  # either end may go at any time
            while data := source.recv(65536):
                if deaf is None or not deaf.is_set():
                    target.sendall(data)


class Authority:
    """A certificate authority for loopback, by the openssl command."""

    def __init__(self, directory: pathlib.Path) -> None:
        directory.mkdir()
        self._directory = directory
        self._openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca"
        )
        self.certificate = str(directory / "ca")

    def issue(self, name: str) -> tuple[str, str]:
        """Certificate and key of a name, good for 127.0.0.1."""
        self._openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", "csr"
        )
        (self._directory / "san").write_text("subjectAltName=IP:127.0.0.1")
        issuer = ("-CA", "ca", "-CAkey", "ca.key", "-CAcreateserial")
        self._openssl("x509", "-req", "-in", "csr", *issuer, "-extfile", "san", "-out", name)
        return str(self._directory / name), str(self._directory / f"{name}.key")

    def _openssl(self, *arguments: str) -> None:
        environment = {**os.environ, "RANDFILE": str(self._directory / "random")}
        subprocess.run(["openssl", *arguments], cwd=self._directory, env=environment, check=True, capture_output=True)


def open_store(url: str) -> store.Store:
    """A connection with patience, for tests that keep an etcd busy."""
    return store.open(store.Config(endpoints=(url,), timeout=15))
