"""Readiness, asked of servers on unix sockets that answer as the services do."""

import contextlib
import json
import pathlib
import socket
import threading
from collections.abc import Iterator

import pytest

from ansible_collections.calico.docker.plugins.module_utils import node_probes


@contextlib.contextmanager
def serving(path: pathlib.Path, *parts: bytes) -> Iterator[str]:
    """One connection: the first part at once if there are two, the last after the request."""

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            for part in parts[:-1]:
                connection.sendall(part)
            connection.recv(4096)
            connection.sendall(parts[-1])

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield str(path)
        thread.join(5)


def http(status: dict[str, object]) -> bytes:
    body = json.dumps(status).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def test_a_driver_that_activates_is_ready(tmp_path: pathlib.Path) -> None:
    with serving(tmp_path / "s", http({"Implements": ["NetworkDriver", "IpamDriver"]})) as path:
        assert node_probes.driver(path) is None


def test_another_plugin_is_not_ours(tmp_path: pathlib.Path) -> None:
    with serving(tmp_path / "s", http({"Implements": ["VolumeDriver"]})) as path:
        assert node_probes.driver(path) == "the driver answers {'Implements': ['VolumeDriver']}"


def test_an_agent_that_says_so_is_ready(tmp_path: pathlib.Path) -> None:
    with serving(tmp_path / "s", http({"ready": True, "inSync": True, "errors": []})) as path:
        assert node_probes.agent(path) is None


def test_an_agent_that_is_not_ready_says_why(tmp_path: pathlib.Path) -> None:
    with serving(tmp_path / "s", http({"ready": False, "inSync": False, "errors": ["etcd: timeout"]})) as path:
        assert node_probes.agent(path) == "the agent is not ready, the datastore is not read yet: etcd: timeout"


def test_bird_that_reports_its_status_is_ready(tmp_path: pathlib.Path) -> None:
    report = b"1000-BIRD 2.17.6\n1011-Router ID is 172.31.1.11\n Hostname is h\n0013 Daemon is up and running\n"
    with serving(tmp_path / "s", b"0001 BIRD 2.17.6 ready.\n", report) as path:
        assert node_probes.bird(path) is None


def test_bird_that_refuses_is_not_ready(tmp_path: pathlib.Path) -> None:
    with serving(tmp_path / "s", b"0001 BIRD ready.\n", b"9001 syntax error\n") as path:
        assert node_probes.bird(path) == "BIRD answers '9001 syntax error'"


def test_nobody_at_the_socket_is_an_answer_too(tmp_path: pathlib.Path) -> None:
    assert node_probes.agent(str(tmp_path / "s")).startswith(f"nobody answers at {tmp_path}/s (")  # type: ignore[union-attr]


def test_the_wait_ends_with_the_first_yes() -> None:
    answers = iter(["not yet", None])
    assert node_probes.wait(lambda: next(answers), 60) is None


def test_the_wait_is_bounded_and_gives_the_last_answer() -> None:
    assert node_probes.wait(lambda: "never", 0) == "never"


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", b"garbage\r\n\r\n"])
def test_a_broken_answer_is_not_ready(tmp_path: pathlib.Path, answer: bytes) -> None:
    with serving(tmp_path / "s", answer) as path:
        assert node_probes.agent(path).startswith("nobody answers at ")  # type: ignore[union-attr]
