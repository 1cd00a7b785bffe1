"""How the plugin talks to the engine, the agent and systemd: real unix sockets, other ends of our own."""

import contextlib
import dataclasses
import ipaddress
import os
import pathlib
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node import systemd
from calico_node.libnetwork import engine, main, programming
from calico_node.libnetwork.errors import Late, Refused
from tests.fakes import peers

Serve = Callable[[peers.Reply], str]


@pytest.fixture
def serve(tmp_path: pathlib.Path) -> Iterator[Serve]:
    with contextlib.ExitStack() as running:

        def start(answer: peers.Reply) -> str:
            path = tmp_path / f"{len(list(tmp_path.iterdir()))}.sock"
            running.enter_context(peers.listening(path, answer))
            return str(path)

        yield start


NETWORK = {
    "Id": "f" * 64,
    "Name": "frontend",
    "Driver": "calico",
    "Containers": {
        "c1": {"Name": "web", "EndpointID": "e1", "IPv4Address": "10.65.0.1/32", "IPv6Address": "fd65::1/128"},
        "ep-e2": {"Name": "a.b", "EndpointID": "e2", "IPv4Address": "", "IPv6Address": ""},
    },
    "Internal": True,
    "Options": {"calico.docker/mtu": "1400"},
    "Labels": {"team": "red"},
    "IPAM": {"Config": [{"Subnet": "10.65.0.0/24"}, {"Subnet": "0.0.0.0/0"}, {"Subnet": "::/0"}, {"Subnet": ""}, {}]},
}
LIST = [{"Id": "f" * 64, "Name": "frontend", "Containers": {}}, {"Id": "0" * 64, "Name": "none", "Containers": {}}]


def test_the_engine_names_a_network_and_its_endpoints(serve: Serve) -> None:
    asked: list[str] = []

    def answer(method: str, path: str, _body: Any) -> peers.Answer:
        asked.append(f"{method} {path}")
        return 200, LIST if path == "/networks" else {**NETWORK, "Id": path.rpartition("/")[2]}

    api = engine.Engine(serve(answer))
    wanted = engine.Network(
        "f" * 64,
        "frontend",
        "calico",
        {"e1": frozenset(map(ipaddress.ip_address, ("10.65.0.1", "fd65::1"))), "e2": frozenset()},
        {"e1": "web", "e2": "a.b"},
        internal=True,
        options={"calico.docker/mtu": "1400"},
        labels={"team": "red"},
        subnets=(ipaddress.ip_network("10.65.0.0/24"),),
    )
    assert api.network("f" * 64) == wanted
    assert api.networks() == (wanted, dataclasses.replace(wanted, identity="0" * 64))
    listed = ["GET /networks", f"GET /networks/{'f' * 64}", f"GET /networks/{'0' * 64}"]
    assert asked == [f"GET /networks/{'f' * 64}", *listed]


@pytest.mark.parametrize("left", [[], LIST[:1]])
def test_an_engine_that_lists_less_than_it_has_does_not_list_its_networks(serve: Serve, left: list[Any]) -> None:
    api = engine.Engine(serve(lambda _method, path, _body: (200, left if path == "/networks" else NETWORK)))
    with pytest.raises(Refused, match="does not list all of its networks: network none is missing"):
        api.networks()


LISTED = {
    "Id": "c2",
    "Names": ["/web/alias", "/a.b"],
    "Labels": {"team": "red"},
    "NetworkSettings": {"Networks": {"frontend": {"EndpointID": "e2"}, "x": {"EndpointID": ""}, "y": None}},
}


def test_the_engine_says_which_containers_run_and_with_which_endpoints(serve: Serve) -> None:
    asked: list[str] = []

    def answer(_method: str, path: str, _body: Any) -> peers.Answer:
        asked.append(path)
        return 200, [LISTED, {"Id": "c1", "Names": None, "Labels": None, "NetworkSettings": None}]

    found = engine.Engine(serve(answer)).containers()
    assert found == (engine.Container("c2", "a.b", {"team": "red"}, frozenset(["e2"])), engine.Container("c1", "", {}))
    assert asked == ["/containers/json"]


def test_the_engine_says_whose_an_endpoint_is_that_joins(serve: Serve) -> None:
    asked: list[str] = []

    def answer(_method: str, path: str, _body: Any) -> peers.Answer:
        asked.append(urllib.parse.unquote(path))
        return 200, NETWORK if path.startswith("/networks/") else [LISTED]

    assert engine.Engine(serve(answer)).joining("f" * 64, "e2").identity == "c2"
    assert asked == [f"/networks/{'f' * 64}", r'/containers/json?all=1&filters={"name": ["^/a\\.b$"]}']


@pytest.mark.parametrize(
    ("endpoint", "containers", "text"),
    [
        pytest.param("e3", (200, [LISTED]), "does not say whose endpoint e3 is", id="an unknown endpoint"),
        pytest.param("e2", (200, []), "knows 0 containers of the name 'a.b'", id="no container"),
        pytest.param("e2", (200, [LISTED, LISTED]), "knows 2 containers of the name 'a.b'", id="two containers"),
        pytest.param("e2", (500, {"message": "no"}), "does not list its containers: no", id="no list"),
    ],
)
def test_an_endpoint_whose_container_is_not_known_for_sure_is_nobodys(
    serve: Serve, endpoint: str, containers: peers.Answer, text: str
) -> None:
    api = engine.Engine(serve(lambda _method, path, _body: (200, NETWORK) if "/networks/" in path else containers))
    with pytest.raises(Refused, match=text):
        api.joining("f" * 64, endpoint)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        pytest.param((404, {"message": "network x not found"}), "network x not found", id="it does not know it"),
        pytest.param((200, b"<html>"), "no valid answer", id="no JSON"),
        pytest.param((500, None), "None", id="it fails without a word"),
    ],
)
def test_an_engine_that_cannot_say_is_an_error(serve: Serve, answer: peers.Answer, text: str) -> None:
    api = engine.Engine(serve(lambda *_asked: answer))
    with pytest.raises(Refused, match=text):
        api.network("x")


def test_an_engine_that_is_away_is_an_error_with_its_socket(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Refused, match=r"the engine's API does not answer at .*gone: no such file"):
        engine.Engine(str(tmp_path / "gone")).networks()


def test_an_engine_that_hangs_is_left_in_time(tmp_path: pathlib.Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent"))
        silent.listen()
        with pytest.raises(Refused, match="no answer in time"):
            engine.Engine(str(tmp_path / "silent"), timeout=0.05).networks()


def test_the_agent_is_asked_for_an_endpoint_at_a_revision(serve: Serve) -> None:
    asked: list[Any] = []

    def answer(method: str, path: str, body: Any) -> peers.Answer:
        asked.append((method, path, body))
        return 200, {"programmed": True}

    programming.Agent(serve(answer), 10).wait("host1-x", 7)
    assert asked == [("POST", "/wait", {"endpoint": "host1-x", "revision": 7, "timeout": 10.0})]


def test_an_agent_that_is_late_is_an_error_with_its_state(serve: Serve) -> None:
    def answer(_method: str, path: str, _body: Any) -> peers.Answer:
        if path == "/status":
            return 200, {"ready": True, "inSync": False, "errors": ["etcd away"]}
        return 504, {"error": "not programmed within 10 s"}

    with pytest.raises(Late, match=r"within 10 s.*; agent: ready true, inSync false, error: etcd away;") as caught:
        programming.Agent(serve(answer)).wait("host1-x", 7)
    assert caught.value.status == 504


def test_an_agent_that_stays_away_is_an_error_in_time(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Late, match=r"the agent does not answer at .*; see: systemctl status calico-agent"):
        programming.Agent(str(tmp_path / "gone"), timeout=0.15).wait("host1-x", 7)


def test_an_agent_that_comes_back_in_time_is_waited_for(serve: Serve, tmp_path: pathlib.Path) -> None:
    path = pathlib.Path(serve(lambda *_asked: (200, {"programmed": True})))
    away = tmp_path / "away"
    path.rename(away)
    threading.Timer(0.05, away.rename, [path]).start()
    programming.Agent(str(path), timeout=10).wait("host1-x", 7)


def test_systemd_hears_of_us(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        systemd.notify("READY=1", "STATUS=fine", environ={"NOTIFY_SOCKET": str(path)})
        assert manager.recv(100) == b"READY=1\nSTATUS=fine"
    systemd.notify("READY=1", environ={"NOTIFY_SOCKET": str(path)})
    systemd.notify("READY=1", environ={})


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        pytest.param({"WATCHDOG_USEC": "30000000"}, 15.0, id="half of the limit"),
        pytest.param({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None, id="another process is watched"),
        pytest.param({}, None, id="nobody watches"),
        pytest.param({"WATCHDOG_USEC": "0"}, None, id="switched off"),
    ],
)
def test_the_watchdog_is_fed_in_time(environ: dict[str, str], seconds: float | None) -> None:
    assert systemd.watchdog_interval(environ) == seconds


def test_the_uptime_is_that_of_the_first_process(tmp_path: pathlib.Path) -> None:
    stat = tmp_path / "stat"
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    ticks = int((now - 50) * os.sysconf("SC_CLK_TCK"))
    stat.write_text(f"1 (a (b) c) S {' '.join(['0'] * 18)} {ticks} 0 0\n")
    assert 50 <= systemd.uptime(stat) < 55


def test_settings_come_from_upstreams_names() -> None:
    settings = main.Settings.from_environment({"NODENAME": "rack1-host1"})
    assert settings.node == "rack1-host1"
    assert str(settings.plugin) == "/run/docker/plugins/calico.sock"


@pytest.mark.parametrize("environ", [{}, {"NODENAME": ""}, {"NODENAME": "Host_1"}])
def test_a_wrong_node_name_is_refused_by_its_name(environ: dict[str, str]) -> None:
    with pytest.raises(Invalid, match=r"NODENAME: .* is refused: must be a name of lower case"):
        main.Settings.from_environment(environ)
