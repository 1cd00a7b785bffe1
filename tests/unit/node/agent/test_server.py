"""The agent's socket: status, waiting, and requests that make no sense."""

import contextlib
import http.client
import json
import pathlib
import socket
import stat
import threading
import time
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

from calico_node.agent.server import Server
from calico_node.agent.status import Report, Status
from calico_node.calc import matches, rulesets
from calico_node.dataplane import errors, nft_counters
from calico_node.render import names

WAIT = {"endpoint": "web", "revision": 5, "timeout": 10}


class Connection(http.client.HTTPConnection):
    def __init__(self, path: pathlib.Path) -> None:
        super().__init__("agent", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(str(self._path))


@pytest.fixture
def status() -> Status:
    return Status()


@pytest.fixture
def path(tmp_path: pathlib.Path, status: Status) -> Iterator[pathlib.Path]:
    found = tmp_path / "agent.sock"
    with Server(found, status) as server:
        server.start(0.01)
        yield found
        server.shutdown()


def ask(path: pathlib.Path, method: str, target: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    connection = Connection(path)
    try:
        with contextlib.suppress(BrokenPipeError):  # an answer may come before all of the question is sent
            connection.request(method, target, body if isinstance(body, bytes) else json.dumps(body).encode())
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_only_root_may_ask(path: pathlib.Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_socket_that_a_killed_agent_left_is_taken_over(path: pathlib.Path, status: Status) -> None:
    with Server(path, status) as second:
        second.start(0.01)
        assert ask(path, "GET", "/status")[0] == 200
        second.shutdown()


def test_the_status_before_and_after_the_first_apply(path: pathlib.Path, status: Status) -> None:
    assert ask(path, "GET", "/status")[1]["ready"] is False
    status.follow(in_sync=True)
    status.publish(Report(revision=7, invalid=(("/key", "bad"),), counts={"local": 2}, errors=("no",)))
    code, document = ask(path, "GET", "/status")
    assert code == 200
    assert (document["ready"], document["inSync"], document["revision"]) == (True, True, 7)
    assert document["invalid"] == [{"key": "/key", "reason": "bad"}]
    assert (document["counts"], document["errors"]) == ({"local": 2}, ["no"])


def test_a_wait_ends_when_the_endpoint_is_programmed(path: pathlib.Path, status: Status) -> None:
    answers: list[tuple[int, dict[str, Any]]] = []
    waiting = threading.Thread(target=lambda: answers.append(ask(path, "POST", "/wait", WAIT)))
    waiting.start()
    status.publish(Report(revision=4, programmed=frozenset({"libnetwork/web"})))
    status.publish(Report(revision=6, programmed=frozenset({"libnetwork/web"})))
    waiting.join(10)
    assert answers == [(200, {"programmed": True})]


def test_a_wait_for_what_is_there_ends_at_once(path: pathlib.Path, status: Status) -> None:
    status.publish(Report(revision=6, programmed=frozenset({"libnetwork/web", "other/web"})))
    assert ask(path, "POST", "/wait", WAIT)[0] == 200
    assert ask(path, "POST", "/wait", {**WAIT, "endpoint": "other/web"})[0] == 200


def test_a_wait_in_vain_ends_in_time_and_says_why(path: pathlib.Path) -> None:
    begin = time.monotonic()
    code, document = ask(path, "POST", "/wait", {**WAIT, "timeout": 0.05})
    assert code == 504
    assert "cannot reach the store" in document["error"]
    assert time.monotonic() - begin < 5


def test_many_may_wait_at_once(path: pathlib.Path, status: Status) -> None:
    answers: list[int] = []
    waiting = [threading.Thread(target=lambda: answers.append(ask(path, "POST", "/wait", WAIT)[0])) for _ in range(40)]
    for thread in waiting:
        thread.start()
    status.publish(Report(revision=6, programmed=frozenset({"libnetwork/web"})))
    for thread in waiting:
        thread.join(10)
    assert answers == [200] * 40


def test_a_client_that_goes_away_harms_nobody(path: pathlib.Path, status: Status, caplog: Any) -> None:
    connection = Connection(path)
    connection.request("POST", "/wait", json.dumps(WAIT).encode())
    connection.close()
    status.publish(Report(revision=6, programmed=frozenset({"libnetwork/web"})))
    assert ask(path, "GET", "/status")[0] == 200
    assert caplog.records == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="a list"),
        pytest.param({}, id="no fields"),
        pytest.param({**WAIT, "endpoint": 5}, id="endpoint of another form"),
        pytest.param({**WAIT, "revision": "5"}, id="revision of another form"),
        pytest.param({**WAIT, "timeout": "soon"}, id="timeout of another form"),
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[" * 4000, id="nested too deeply"),
        pytest.param(b"x" * 5000, id="too long"),
    ],
)
def test_nonsense_gets_an_answer_in_json(path: pathlib.Path, body: Any) -> None:
    code, document = ask(path, "POST", "/wait", body)
    assert code == 400
    assert document["error"]
    assert ask(path, "GET", "/status")[0] == 200


@pytest.mark.parametrize(("method", "target"), [("GET", "/"), ("GET", "/wait"), ("POST", "/status")])
def test_what_is_not_there_is_not_found(path: pathlib.Path, method: str, target: str) -> None:
    code, document = ask(path, method, target, {})
    assert code == 404
    assert "GET /status, GET /counters and POST /wait" in document["error"]


def test_counters_are_those_of_the_policies_in_the_kernel(tmp_path: pathlib.Path, status: Status) -> None:
    key = rulesets.Key("GlobalNetworkPolicy", "web")
    status.publish(Report(rulesets=(rulesets.RuleSet(key, ingress=(matches.DENY,)),)))
    counted = {names.rule(key, "ingress", 0): nft_counters.Count(2, 120)}
    with Server(tmp_path / "other.sock", status, lambda: counted) as server:
        server.start(0.01)
        code, document = ask(tmp_path / "other.sock", "GET", "/counters")
        server.shutdown()
    assert code == 200
    assert [(row["name"], row["rule"], row["packets"]) for row in document["rules"]] == [("web", 0, 2)]


def test_counters_that_cannot_be_read_say_why(tmp_path: pathlib.Path, status: Status) -> None:
    def fail() -> NoReturn:
        raise errors.DataplaneError("no nftables here")

    with Server(tmp_path / "other.sock", status, fail) as server:
        server.start(0.01)
        assert ask(tmp_path / "other.sock", "GET", "/counters") == (503, {"error": "no nftables here"})
        server.shutdown()
